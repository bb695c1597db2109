import { Module } from '@nestjs/common';
import { UsersController } from './users.controller.js';
import { UsersListCommand } from './users-list.command.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Module({
  controllers: [UsersController],
  providers: [UsersService, UsersRepository, UsersListCommand],
  exports: [UsersService],
})
export class UsersModule {}
