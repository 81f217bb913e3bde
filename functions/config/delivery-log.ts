import { type Environment, refuse, valueOf } from './environment.ts';

/** Where the log of deliveries goes. */
export type DeliveryLogSetting =
  | { readonly kind: 'off' }
  | { readonly kind: 'stdout' }
  | { readonly kind: 'directory'; readonly path: string };

const name = 'POSTERN_DELIVERY_LOG';

/** A path has a slash in it, so that no misspelt word makes a directory; a function has none that outlives it. */
export function readDeliveryLog(environment: Environment, keepsFiles: boolean): DeliveryLogSetting {
  const value = valueOf(environment, name) ?? 'off';
  if (value === 'off' || value === 'stdout') return { kind: value };
  if (!keepsFiles) return refuse(name, value, 'off or stdout');
  return value.includes('/') && !value.includes('\0')
    ? { kind: 'directory', path: value }
    : refuse(name, value, 'off, stdout or the path of a directory such as ./delivery-log');
}
