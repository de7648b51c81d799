/**
 * Returns true if the header Accept allows `text/event-stream` (RFC 9110 section 12.5.1). Without the header, all types
 * are allowed.
 */
export function acceptsEventStream(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  const ranges = new Map(
    accept.split(',').map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
      return [type, Number(weight)] as const;
    }),
  );
  // The most specific range decides.
  const weight = ranges.get('text/event-stream') ?? ranges.get('text/*') ?? ranges.get('*/*') ?? 0;
  return weight > 0;
}
