const KiB = 1024;

/** Lambda gives one whole core at so much memory, and less in proportion (Developer Guide, "Configure Lambda function memory"). */
const memoryOfOneCoreMb = 1_769;
/** Of Ethernet's 1,500 bytes 40 are headers of IP and TCP, which are billed too. */
const packetBytes = 1_500;
const packetHeaderBytes = 40;
/** CloudWatch Logs adds so much to each event. */
const logEventBytes = 26;

/** Requests that SQS bills for a call with such a payload: one for each started 64 KB, one if there is none. */
export function sqsRequests(payloadBytes: number): number {
  return Math.max(1, Math.ceil(payloadBytes / (64 * KiB)));
}

/** Requests that an HTTP API bills for one with such a body: one for each started 512 KB, one if there is none. */
export function httpApiRequests(bodyBytes: number): number {
  return Math.max(1, Math.ceil(bodyBytes / (512 * KiB)));
}

/** What Lambda bills for one invocation: its time, up to the next millisecond, by the memory it was given. */
export function gbSeconds(durationMs: number, memoryMb: number): number {
  return (Math.ceil(durationMs) / 1_000) * (memoryMb / KiB);
}

/**
 * How long an invocation takes on Lambda that takes `wallMs` here and `cpuMs` of a core: waiting takes as long there, and
 * computing longer in the measure in which the function has less than a core. A core there is taken for as fast as one here.
 */
export function lambdaMs({ wallMs, cpuMs }: { wallMs: number; cpuMs: number }, memoryMb: number): number {
  const share = Math.min(1, memoryMb / memoryOfOneCoreMb);
  return wallMs + cpuMs * (1 / share - 1);
}

/** Bytes on the wire for so many bytes of a TCP stream, in full packets. */
export function bytesOnTheWire(streamBytes: number): number {
  return streamBytes * (packetBytes / (packetBytes - packetHeaderBytes));
}

/** What CloudWatch Logs bills for lines, each an event. */
export function logBytes(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + logEventBytes, 0);
}
