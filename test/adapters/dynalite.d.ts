declare module 'dynalite' {
  import type { Server } from 'node:http';

  // oxlint-disable-next-line import/no-default-export -- the package has no other
  export default function dynalite(options: { readonly createTableMs: number }): Server;
}
