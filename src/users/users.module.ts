import { Module } from '@nestjs/common';
import { UserChangesService } from './user-changes.service.js';
import { UsersController } from './users.controller.js';
import { UsersListCommand } from './users-list.command.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Module({
  controllers: [UsersController],
  providers: [UsersService, UserChangesService, UsersRepository, UsersListCommand],
  exports: [UsersService, UserChangesService],
})
export class UsersModule {}
