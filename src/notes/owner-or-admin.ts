import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import type { AccessPolicy, Principal } from '../access/index.js';
import { NotFound } from '../platform/http/index.js';
import { ADMIN_ROLE } from '../roles/index.js';
import { NotesService } from './notes.service.js';

/**
 * A note is its owner's, and every admin's.
 *
 * To anybody else it is `not_found`, as an id that was never given: `forbidden` would tell which ids there are.
 * A policy of yours that has nothing to conceal answers false instead, which is `forbidden`.
 */
@Injectable()
export class OwnerOrAdmin implements AccessPolicy {
  constructor(private readonly notes: NotesService) {}

  async allows({ userId, roles }: Principal, { params }: FastifyRequest): Promise<true> {
    if (roles.includes(ADMIN_ROLE)) return true;
    const { id } = params as { id: string };
    // Policies come before validation: what is no UUID goes on to `IdPath`, which refuses it and names the field.
    if (!isUUID(id)) return true;
    if ((await this.notes.find(id))?.ownerId !== userId) throw NotFound();
    return true;
  }
}
