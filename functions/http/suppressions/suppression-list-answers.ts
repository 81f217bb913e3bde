import { isUtf8 } from 'node:buffer';

import type { Context } from 'hono';

import type { SuppressionReason } from '../../core/ports/suppressions.ts';
import { fromStore } from '../from-store.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { problem, validationProblem } from '../problem.ts';
import { type ExportedPiece, exportSuppressions } from './suppression-export.ts';
import { importSuppressions } from './suppression-import.ts';
import type { ListForm } from './suppression-lines.ts';

type ImportQuery = { readonly mode: 'atomic' | 'partial'; readonly reason: SuppressionReason };
type ExportQuery = { readonly after?: string | undefined };

const mediaTypes = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const satisfies Record<ListForm, string>;
const exportPath = '/v1/suppressions/export';
const cursorName = 'suppression export';

/** Takes in the list that is the body. */
export async function takeList(c: Context<AppEnv>, { mode, reason }: ImportQuery, ports: AppPorts) {
  const bytes = c.get('message') ?? Buffer.alloc(0);
  if (!isUtf8(bytes)) {
    return validationProblem(c, [{ pointer: '', code: 'invalid_value', detail: 'The list is not valid UTF-8.' }]);
  }
  const result = await importSuppressions(
    {
      text: bytes.toString('utf8'),
      form: formNamed(c.req.header('content-type')),
      projectId: c.get('principal').projectId,
      mode,
      reason,
      mostLines: ports.suppressionLists.mostImported,
      now: ports.clock.now(),
    },
    ports,
  );
  if (result.kind === 'refused') return validationProblem(c, result.errors);
  const { added, present, refused, errors } = result;
  return c.json({ object: 'suppression_import' as const, added, present, refused, errors: [...errors] }, 200);
}

/** Answers with the list: all of it in pieces as they are read, or as much of it as may be in memory. */
export async function giveList(c: Context<AppEnv>, { after: cursor }: ExportQuery, ports: AppPorts) {
  const { suppressions, suppressionLists, cursors, clock } = ports;
  const { projectId } = c.get('principal');
  const after = cursor === undefined ? null : cursors.decode(projectId, cursorName, cursor);
  if (cursor !== undefined && after === null) {
    return problem(c, 'invalid_cursor', 'after is from the Link of an earlier export, as it was given.');
  }
  const form = formNamed(c.req.header('accept'));
  const pieces = exportSuppressions(form, after, (limit, from) =>
    fromStore(() => suppressions.list(projectId, limit, from, clock.now())),
  );
  const { exportBytes } = suppressionLists;
  const { body, goesOnAfter } = exportBytes === null ? await streamed(pieces) : await collected(pieces, exportBytes);
  const next = goesOnAfter && `${exportPath}?after=${cursors.encode(projectId, cursorName, goesOnAfter)}`;
  return c.body(body, 200, {
    'Content-Type': `${mediaTypes[form]}; charset=utf-8`,
    'Content-Disposition': `attachment; filename="suppressions.${form}"`,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Vary: 'Accept',
    ...(next === null ? {} : { Link: `<${next}>; rel="next"` }),
  });
}

// CSV where nothing is said: that is what spreadsheets and browsers ask for.
function formNamed(header: string | undefined): ListForm {
  return header?.toLowerCase().includes(mediaTypes.ndjson) === true ? 'ndjson' : 'csv';
}

type Exported = { readonly body: ReadableStream<Uint8Array> | string; readonly goesOnAfter: string | null };

// The first piece is waited for, so that a store out of reach is an error; one that fails later breaks the answer off.
async function streamed(pieces: AsyncGenerator<ExportedPiece>): Promise<Exported> {
  const encoder = new TextEncoder();
  let next = await pieces.next();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (next.done === true) {
        controller.close();
        return;
      }
      controller.enqueue(encoder.encode(next.value.text));
      next = await pieces.next();
    },
  });
  return { body, goesOnAfter: null };
}

async function collected(pieces: AsyncGenerator<ExportedPiece>, mostBytes: number): Promise<Exported> {
  const texts: string[] = [];
  let bytes = 0;
  for await (const { text, goesOnAfter } of pieces) {
    texts.push(text);
    bytes += Buffer.byteLength(text);
    if (bytes >= mostBytes) return { body: texts.join(''), goesOnAfter };
  }
  return { body: texts.join(''), goesOnAfter: null };
}
