const KiB = 1024;
const minute = 60_000;
const hour = 60 * minute;

/**
 * Every number the product holds itself or its users to. Units come last in the name; the source stands beside it.
 * Numbers an operator may set are defaults in `config.ts` instead.
 */
export const limits = {
  /** To, Cc and Bcc together, of one email. */
  recipientsPerEmail: 50,
  /** RFC 5321 §4.5.3.1.1. */
  localPartOctets: 64,
  /** RFC 5321 §4.5.3.1.2, and RFC 1035 §2.3.4 less the length bytes. */
  domainOctets: 253,
  /** RFC 1035 §2.3.4. */
  domainLabelOctets: 63,
  /** RFC 5321 §4.5.3.1.3 less the angle brackets. */
  addressOctets: 254,
  /** RFC 5322 §2.1.1, without the CRLF. */
  lineOctets: 998,
  /** All header fields of one message together: what large receivers take. */
  headerOctets: 64 * KiB,
  /** A file name or content id in a MIME header. */
  filenameOctets: 255,
  /** One reply line is at most 512 octets (RFC 5321 §4.5.3.1.5); this bounds a whole reply of a hostile server. */
  replyOctets: 64 * KiB,
  /** What is kept of a reply's text, escaped, on one line. */
  storedReplyOctets: KiB,
  /** Content has to be taken at this rate on the whole, on top of the time for one block: slower is a tarpit. */
  minimumRateBytesPerSecond: 4 * KiB,
  /** Addresses dialled in one attempt (design: finding the host). */
  addressesPerAttempt: 5,
  /** SMTP sessions opened in one attempt. */
  sessionsPerAttempt: 2,
  /** Request bodies in memory at one time, together: parsing and composing one takes several times its size. */
  requestBytesInFlight: 16 * KiB * KiB,
  /** Content is stored and read in pieces of this size, so that a large message is never whole in memory. */
  contentChunkBytes: 64 * KiB,
  /** Retrying a greylisted recipient sooner gains nothing (RFC 6647 §5 and common defaults of the milters). */
  greylistDelayMs: 5 * minute,
  /** After the lease of an attempt nobody may still be working on it: its time limit plus this margin, or less if that is shorter. */
  leaseMarginMs: minute,
  /** A queued delivery whose job was not seen for this long is put on the queue again. */
  queuedGraceMs: 15 * minute,
  /** A smarthost that refused our login is left alone for at most this long (less, if the first retry comes sooner). */
  routePauseMs: minute,
  /** When asked to stop, transactions under way may take this long to end; what is left is recorded in doubt at the next start. */
  stopGraceMs: 25_000,
  /** A function leaves a host to which the message is not out after this; twice as long at each further attempt, */
  patienceMs: minute,
  /** and not longer than this, for the session's own limit comes first; */
  longestPatienceMs: 15 * minute,
  /** in either case with so much time for the content. */
  patientRateBytesPerSecond: 64 * KiB,
  /** With less time left than this a function begins no attempt: the job comes again, to one that has more. */
  leastAttemptMs: 10_000,
  /** What a function keeps of its time, after its attempts have ended, to record their outcomes; */
  recordingMs: 10_000,
  /** and of that, to answer before the platform ends it. */
  answeringMs: 2_000,
  /** What a worker holds is hidden from others anew so often in the time that it is hidden for: a call or two may fail. */
  holdsPerVisibility: 4,
  /** An MTA-STS policy longer than this is none (RFC 8461 §3.3). */
  stsPolicyOctets: 64 * KiB,
  /** A policy that could not be fetched is not tried again for so long (RFC 8461 §3.3), */
  stsPauseMs: 5 * minute,
  /** and one that was is fetched anew after so long (RFC 8461 §3.3 suggests once a day). */
  stsRefreshMs: 24 * hour,
  /** How often those are looked for. */
  stsSweepMs: hour,
  /**
   * A delivery under way for longer waits for a server that is slow, or for one of its connections: most end within half a second
   * on a connection that is new, and within a tenth on one that is not. The shorter, the sooner healthy mail gets past many
   * slow ones that came before it: at 100 slots, 200 of them a second.
   */
  slowDeliveryMs: 500,
  /** Slow deliveries for each slot of those that are not. Each costs a socket and some 100 KB; a message is never whole in memory. */
  slowDeliveriesPerSlot: 20,
  /** Results of TLS are counted in memory for so many domains at a time, */
  tlsDomainsHeld: 10_000,
  /** and told apart so far for each of them; beyond, sessions count without their details. */
  tlsFindingsHeld: 20,
  /** They are handed on this often, */
  tlsFlushMs: minute,
  /** and by a function, which may be frozen any time, after a batch if so much time has passed since it last did. */
  tlsFunctionFlushMs: 10_000,
  /** How long DNS may take to say where a domain wants its reports. */
  tlsReportLookupMs: 5_000,
  /** A report on a day is made so long after it, when all workers have handed on their counts, */
  tlsReportDelayMs: 15 * minute,
  /** and up to so much later, so that not all the world reports at once (RFC 8460 §4.1 suggests up to four hours). */
  tlsReportSpreadMs: 3 * hour,
  /** Whoever sends a report has it for so long; then another one may. */
  tlsReportLeaseMs: 10 * minute,
  /** How long one endpoint may take. */
  tlsReportPostMs: 30_000,
  /** A report that an endpoint has not taken is tried again so often, */
  tlsReportRetryMs: hour,
  /** until so long after the end of its day (RFC 8460 §5.5 has senders try for 24 hours). */
  tlsReportGiveUpMs: 28 * hour,
  /** One that is mailed is delivered within so long, or never. */
  tlsReportMailMs: 24 * hour,
  /** How often reports that are due are looked for, */
  tlsReportSweepMs: minute,
  /** how many of them at a time, */
  tlsReportsPerSweep: 100,
  /** and how many are sent at once. */
  tlsReportsAtOnce: 10,
  /** How long counts are kept after their day. */
  tlsReportKeptDays: 7,
  /** Where the sweep comes once a minute, it looks so far ahead: what waits is tried in its second and not up to a minute late. */
  sweepAheadMs: minute,
  /** The sweep looks at this many due deliveries at a time. */
  sweepBatch: 500,
  /**
   * Deferred deliveries go back to one provider (or host, or domain) at this rate, however many wait: five connections with a
   * message every quarter of a second each, which no large receiver minds and few small ones do.
   */
  releasesPerSecond: 20,
  /** What may go at once: a minute's worth, for on AWS the sweep comes once a minute. */
  releaseBurst: 1_200,
  /** A provider that refuses is left alone for so long the first time: what the retry schedule begins with. */
  circuitMs: minute,
  /** However often it refuses: after it recovered, mail waits no longer than this for a probe. */
  longestCircuitMs: hour,
  /** A provider that refuses again within this time after it took mail has not recovered. */
  circuitMemoryMs: 30 * minute,
  /** So many attempts in a row of one worker that found no host make a provider unreachable. */
  unreachableAttempts: 3,
  /** While one worker probes, the others look again after this time. */
  probeWaitMs: 30_000,
  /** Deliveries that wait for a circuit come back over this time, so that one of them comes first. */
  circuitSpreadMs: 20_000,
  /** What workers know of each other's circuits may be this old. */
  circuitSeenMs: 5_000,
  /** Groups of mail hosts that a worker remembers at a time. */
  groupsHeld: 10_000,
  /** Of a rate that workers share, so much may come at once: two seconds' worth of a minute. */
  burstFraction: 0.03,
  /** Messages of it that a worker takes at a time, at the most; */
  mostLentMessages: 50,
  /** it has them in hand for so long, */
  inHandMs: 1_000,
  /** and what waits for its place may come so much early, for it is looked for each second. */
  earlyMs: 1_000,
  /** What these two are of a minute, and a little more. */
  rateSlackFraction: 0.035,
  /** Clocks of several workers differ by no more; beyond it, one was set back. */
  clockSkewMs: 5_000,
  /** How often a shared record that others keep changing is read again before the worker gives up for now. */
  sharedTries: 8,
  /** A worker that is gone holds its connections for so long; */
  slotLeaseMs: minute,
  /** one that lives says so this often. */
  slotRenewalMs: 20_000,
  /** after a refusal it asks for no more for this long. */
  slotRefusalMs: 2_000,
  /** Mail for which no connection is free comes again within this time. */
  slotWaitMs: 10_000,
  /** In one process, what became of mail is summed up this often. */
  reportMs: minute,
  /** A listing looks at this many emails in one turn of the event loop, a few milliseconds of reading, */
  listedPerTurn: 250,
  /** and at this many in one request; what it has not found by then is for the next page. */
  listedPerRequest: 100_000,
  /** Results of requests with an Idempotency-Key are replayed for this long. */
  idempotencyMs: 24 * hour,
  /** For so many attempts a delay asked for by the far side overrides the schedule. */
  askedDelayAttempts: 5,
  /** What a created key may ask in `rateWindowSeconds` when nothing else was said: an average of 100 a second, which stops a loop gone wild and no application. */
  requestsPerWindow: 6_000,
  rateWindowSeconds: 60,
  /** Unknown keys from one source address in `failureWindowSeconds`; what comes beyond is told to wait. Only guessing needs more. */
  failuresPerWindow: 100,
  failureWindowSeconds: 60,
  /** Callers whose requests are counted in memory at one time, at some 200 bytes each. */
  rateWindowsHeld: 50_000,
  /** Lines of one list of suppressions: as many as fit into the largest body by default. */
  importedLines: 1_000_000,
  /** On AWS each is a conditional write, two with webhooks, in the 29 seconds that a function has for a request. */
  importedLinesOnAws: 3_000,
  /** An export on AWS ends with the piece that reaches this: the answer of a function has 6 MB, and base64 takes a third more. */
  exportedBytesOnAws: 2_000_000,
  /** So that a list of keys fits in one answer. */
  keysPerProject: 1_000,
  domainsPerProject: 1_000,
  /** All DNS questions of one check of a sender domain together. */
  domainCheckMs: 10_000,
  /** Checks under way at a time when they come round; each asks half a dozen questions. */
  domainChecksAtOnce: 10,
  /** How often due checks are looked for. */
  domainSweepMs: minute,
  /** A domain whose records were not seen within this time has failed: longer than any time to live in use. */
  domainProvingMs: 72 * hour,
  /** A verified domain fails when its records were absent at every check for so long, and at so many checks at least. */
  domainGraceMs: 72 * hour,
  domainMissedChecks: 4,
  /** So that writing what is owed stays a small part of the write that brings it about. */
  webhooksPerProject: 20,
  /** Waits after the attempts at a webhook, the first of which is made at once: the schedule of Standard Webhooks and its best known sender. */
  webhookRetriesMs: [5_000, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour],
  /** A receiver has answered by then: Standard Webhooks asks senders for 15 to 30 seconds; */
  webhookAnswerMs: 15_000,
  /** of which the address, the connection and TLS may take so much. */
  webhookConnectMs: 5_000,
  /** Of an answer's body, more than this is not read; */
  webhookAnswerOctets: 64 * KiB,
  /** and of that, so much is kept, escaped, on one line. */
  storedAnswerOctets: KiB,
  /** Nobody works on an attempt any more after this: the answer's time and as much for the record of it. */
  webhookLeaseMs: 30_000,
  /** An endpoint is disabled when it has taken nothing for so long. */
  webhookPatienceMs: 5 * 24 * hour,
  /** The new one and those it replaced. */
  webhookSecretsAtOnce: 5,
  /** Attempts that are kept of one event at one endpoint; replays add to them. */
  webhookAttemptsKept: 50,
  /** Ended webhook deliveries are listed for so long. */
  webhookLogMs: 30 * 24 * hour,
  /** So many failed events are replayed in one request, which then takes seconds on AWS, */
  webhookReplays: 500,
  /** in so many streams at a time, */
  webhookReplaysAtOnce: 10,
  /** and looked for among so many. */
  webhookReplaysLookedThrough: 10_000,
  /** Webhooks under way at a time, over all and to one endpoint, so that a slow one holds up itself. */
  webhookLanes: 100,
  webhookLanesPerEndpoint: 10,
  /** How often retries of webhooks are looked for. */
  webhookLookMs: 1_000,
  /** A return path speaks for so many days after the attempt: far longer than other hosts try (RFC 5321 §4.5.4.1: 4 to 5 days). */
  returnPathDays: 30,
  /** A report that comes while its delivery is being attempted waits for the outcome for so long, looking so often. */
  reportWaitMs: 5_000,
  reportLookMs: 200,
  /** Connections with returned mail at a time, */
  inboundConnections: 100,
  /** of which one address may have so many: more than a Postfix opens to one host. */
  inboundConnectionsPerAddress: 50,
  /** A connection that is silent is closed after this: who speaks here is a mail server on the same network; */
  inboundIdleMs: minute,
  /** and every one after this, however busy. */
  inboundSessionMs: 10 * minute,
  /** A command line is at most 512 octets (RFC 5321 §4.5.3.1.4); extensions and long addresses need more. */
  inboundCommandOctets: 2 * KiB,
  /** Reports come one by one; who has more recipients names the rest with the next message (RFC 5321 §4.5.3.1.10). */
  inboundRecipientsPerMessage: 10,
  /** Recipients that are none of ours, after which a connection is closed: somebody guesses. */
  inboundRefusalsPerConnection: 20,
  /** Recipients a minute from one address, those that are refused included. */
  inboundRecipientsPerMinute: 6_000,
  /** What is kept of a mail: as much as is looked at (mime/mail-parts.ts). */
  inboundKeptOctets: 512 * KiB,
  /**
   * A delivery that an attempt finds open so long after its start is late (RFC 5321 §4.5.4.1 speaks of 4 hours as usual): less than
   * that by the spread of the schedule, so that by default the attempt after about four hours tells.
   */
  dsnDelayMs: 3 * hour,
  /** How often, in one process, it is looked whether senders are to be told, */
  dsnLookMs: 1_000,
  /** and again, where that failed. */
  dsnRetryMs: minute,
  /** An email longer than this does not come back whole: RET is a wish (RFC 3461 §4.3). */
  dsnReturnedOctets: 10 * KiB * KiB,
  /** RFC 3461 §4.4. */
  envidCharacters: 100,
  /**
   * A mailbox that was full on so many different days is not mailed for a while: emptied, it would have taken mail by then. Mailing
   * list programs count bounces by days in the same way (Mailman: 5 by default).
   */
  fullMailboxDays: 5,
  /** Days count for so long, */
  fullMailboxWindowMs: 30 * 24 * hour,
  /** and so long the address is left alone. */
  fullMailboxPauseMs: 30 * 24 * hour,
  /** Retry delays are spread by up to this fraction in either direction. */
  retryJitterFraction: 0.1,
} as const;
