import { Module } from '@nestjs/common';
import { PasswordHasher } from './password-hasher.js';
import { PasswordQueue } from './password-queue.js';
import { PasswordsRepository } from './passwords.repository.js';
import { PasswordsService } from './passwords.service.js';

@Module({
  providers: [PasswordsService, PasswordHasher, PasswordQueue, PasswordsRepository],
  exports: [PasswordsService, PasswordHasher],
})
export class PasswordsModule {}
