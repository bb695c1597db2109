import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace';

/** Sends spans as OTLP over HTTP, in JSON, and says once of every stretch of failing that they are lost. */
export function exporterTo(
  endpoint: string,
  limitMs: number,
  complain: (line: string) => void,
): SpanExporter {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: limitMs });
  let failing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        // What the receiver said is a stranger's text, and its address may hold a password.
        if (failed && !failing) complain('Spans are lost: the receiver of traces does not take them.');
        failing = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush(),
  };
}
