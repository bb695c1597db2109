import { Injectable } from '@nestjs/common';

/** Holds the document that describes this service, written once when the app starts. */
@Injectable()
export class OpenApiDocument {
  private text: string | undefined;

  /** Sets the document; it is serialised here, once, and not per request. */
  set(document: object): void {
    this.text = JSON.stringify(document);
  }

  /** The document as JSON text. */
  get json(): string {
    if (this.text === undefined) throw new Error('The OpenAPI document has not been set.');
    return this.text;
  }
}
