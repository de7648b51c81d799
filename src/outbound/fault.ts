import { hostOf } from './hosts.js';

/** Kind of failure of a fetch. Each has a different remedy. */
export type FaultKind =
  /** No address can be used: the name is unknown, or resolves to a private network. */
  | 'NO_ADDRESS'
  /** The Fetch standard blocks the port, before the name is resolved. */
  | 'PORT'
  | 'CONNECTION_REFUSED'
  | 'TIMEOUT'
  | 'CONNECTION_CLOSED'
  | 'TLS'
  | 'STATUS'
  | 'TOO_LARGE'
  | 'NOT_JSON'
  | 'OTHER';

/**
 * Failed fetch. The message is technical, for the server's log. `reason` is for administrators and contains the host
 * and the cause. It is the same for all failures of a host in a private network, so that callers cannot explore that
 * network. If the operator allows private networks, it is also the same for a name without an address.
 */
export class FetchFailed extends Error {
  readonly kind: FaultKind;
  /** HTTP status, if the host answered with a status other than 200. */
  readonly status: number | null;
  readonly host: string;
  readonly reason: string;
  /** True if `reason` withholds the cause. */
  readonly isWithheld: boolean;

  constructor(url: URL, error: unknown, { isPrivate = false, isOpen = false, status = null as number | null } = {}) {
    super(error instanceof Error ? error.message : 'the request failed', { cause: error });
    this.status = status;
    this.kind = status === null ? kindOf(error) : 'STATUS';
    const host = hostOf(url).slice(0, 253);
    this.host = host;
    this.isWithheld = this.kind === 'NO_ADDRESS' ? isOpen : isPrivate && this.kind !== 'PORT';
    this.reason = this.isWithheld
      ? `the host "${host}" cannot be reached or returned an unexpected response (the server log contains the cause)`
      : describe(url, host, { kind: this.kind, status, code: codeOf(error) });
  }
}

/** The URL must not be fetched. */
export class Refused extends Error {
  constructor() {
    super('refused');
  }
}

/** The body exceeds the limit. */
export class TooLarge extends Error {
  constructor() {
    super('too large');
  }
}

/** Returns the failed fetch among an error and its causes, because libraries wrap it. Null if there is none. */
export function fetchFailedIn(error: unknown): FetchFailed | null {
  for (let one = error, depth = 0; one instanceof Error && depth < 10; one = one.cause, depth++) {
    if (one instanceof FetchFailed) return one;
  }
  return null;
}

const kinds: Record<string, FaultKind> = {
  ENOTFOUND: 'NO_ADDRESS',
  EAI_AGAIN: 'NO_ADDRESS',
  ENODATA: 'NO_ADDRESS',
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ETIMEDOUT: 'TIMEOUT',
  UND_ERR_CONNECT_TIMEOUT: 'TIMEOUT',
  UND_ERR_HEADERS_TIMEOUT: 'TIMEOUT',
  ECONNRESET: 'CONNECTION_CLOSED',
  EPIPE: 'CONNECTION_CLOSED',
  UND_ERR_SOCKET: 'CONNECTION_CLOSED',
};

/** Codes of OpenSSL's certificate checks have no common prefix. */
const certificateCode = /^(ERR_(TLS|SSL)_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO$)/;

function kindOf(error: unknown): FaultKind {
  const code = codeOf(error) ?? '';
  const known = kinds[code];
  if (known) return known;
  if (certificateCode.test(code)) return 'TLS';
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof Refused) return 'NO_ADDRESS';
    if (one instanceof TooLarge) return 'TOO_LARGE';
    if (one instanceof SyntaxError) return 'NOT_JSON';
    if (one.message === 'bad port') return 'PORT';
    if (one.name === 'TimeoutError') return 'TIMEOUT';
  }
  return 'OTHER';
}

/** Returns the innermost code: the outer errors only report that the fetch failed. */
function codeOf(error: unknown): string | null {
  let code: string | null = null;
  let one = error;
  for (let depth = 0; one instanceof Error && depth < 10; depth++) {
    // `Happy Eyeballs` tries several addresses and collects their errors.
    const inner: unknown = one instanceof AggregateError ? one.errors[0] : one.cause;
    if ('code' in one && typeof one.code === 'string') code = one.code;
    one = inner;
  }
  return code;
}

function describe(
  url: URL,
  host: string,
  { kind, status, code }: { kind: FaultKind; status: number | null; code: string | null },
): string {
  const page = `${url.origin}${url.pathname}`.slice(0, 300);
  const words: Record<FaultKind, string> = {
    // One text for both, so that callers cannot find out if a private name exists.
    NO_ADDRESS: `the host "${host}" has no public address: its name does not exist in the DNS, or it is in a private network, which the operator can allow with OUTBOUND_ALLOW`,
    PORT: `the port ${url.port} of the host "${host}" cannot be used: the Fetch standard blocks it`,
    CONNECTION_REFUSED: `the host "${host}" refused the connection on port ${url.port || (url.protocol === 'https:' ? 443 : 80)}`,
    TIMEOUT: `the host "${host}" did not respond within 10 seconds`,
    CONNECTION_CLOSED: `the host "${host}" closed the connection without a response`,
    TLS: `the TLS certificate of the host "${host}" cannot be verified (${code})`,
    STATUS: `${page} answered with the status ${status}, not 200`,
    TOO_LARGE: `the response of ${page} is longer than 1 MB`,
    NOT_JSON: `the response of ${page} is not JSON`,
    OTHER: `the request to the host "${host}" failed`,
  };
  return words[kind];
}
