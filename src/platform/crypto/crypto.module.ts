import { Global, Module } from '@nestjs/common';
import { Secrets } from './secrets.js';

/** Gives every module the derived keys. */
@Global()
@Module({ providers: [Secrets], exports: [Secrets] })
export class CryptoModule {}
