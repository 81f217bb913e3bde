import { createHmac, timingSafeEqual } from 'node:crypto';

import type { ProjectId } from '../../core/ids.ts';

/** Where a listing goes on, as a word that only we can make. `list` names the listing, `position` is its own business. */
export type Cursors = {
  encode(projectId: ProjectId, list: string, position: string): string;
  /** The position of a cursor that was made for this project and list; `null` for any other text. */
  decode(projectId: ProjectId, list: string, cursor: string): string | null;
};

/** 128 bits, as much as an id has that nobody can guess. */
const tagBytes = 16;

/**
 * Cursors under a key of their own. They are authenticated and not encrypted: a client may read where it stands, but can
 * neither go elsewhere with a made-up one nor carry one into another project or list. No state is kept, and none runs out.
 */
export function createCursors(key: Uint8Array): Cursors {
  const tagOf = (projectId: ProjectId, list: string, position: string): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify([projectId, list, position]))
      .digest()
      .subarray(0, tagBytes);

  return {
    encode: (projectId, list, position) =>
      Buffer.concat([tagOf(projectId, list, position), Buffer.from(position)]).toString('base64url'),
    decode(projectId, list, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      // The decoder skips what it does not know; a cursor has one spelling.
      if (bytes.length <= tagBytes || bytes.toString('base64url') !== cursor) return null;
      const position = bytes.toString('utf8', tagBytes);
      const tag = bytes.subarray(0, tagBytes);
      return timingSafeEqual(tag, tagOf(projectId, list, position)) ? position : null;
    },
  };
}
