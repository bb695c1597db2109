import { Module } from '@nestjs/common';
import { NotesController } from './notes.controller.js';
// For the app, which otherwise knows of them nothing but their types.
import './notes.permissions.js';
import { NotesRepository } from './notes.repository.js';
import { NotesService } from './notes.service.js';
import { OwnerOrAdmin } from './owner-or-admin.js';

/** A feature with an entity of its own: copy its folder for anything larger than `protected`. */
@Module({
  controllers: [NotesController],
  providers: [NotesService, NotesRepository, OwnerOrAdmin],
})
export class NotesModule {}
