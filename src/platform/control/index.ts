export { runInService } from './control-client.js';
export { ControlCommands, ControlError } from './control-commands.js';
export { ControlServer } from './control-server.js';
export { ControlModule } from './control.module.js';
