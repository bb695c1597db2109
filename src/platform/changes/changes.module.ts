import { Global, Module } from '@nestjs/common';
import { Changes } from './changes.js';

/** Gives every module the place to say what it reads when other nodes changed it. */
@Global()
@Module({ providers: [Changes], exports: [Changes] })
export class ChangesModule {}
