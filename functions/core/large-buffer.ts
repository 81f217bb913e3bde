/**
 * A zeroed buffer for megabytes that are needed for a moment. Memory of this kind is mapped by itself: pages that are never
 * written take none, and all of it goes back to the system when the buffer is collected, where `malloc` would keep it.
 */
export function largeBuffer(bytes: number): Buffer<ArrayBuffer> {
  return Buffer.from(new ArrayBuffer(bytes, { maxByteLength: Math.max(1, bytes) }), 0, bytes);
}
