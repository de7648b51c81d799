/** Text that is safe in HTML. */
class Html {
  constructor(readonly text: string) {}
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Returns text escaped for HTML and XML, between tags and in quotes. */
export const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

const shown = (value: unknown): string => {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(shown).join('');
  return value === null || value === undefined || value === false ? '' : escaped(String(value));
};

/** Composes HTML with all values escaped. Only values that this function has composed are inserted unchanged. */
export function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  return new Html(parts.map((part, n) => part + (n < values.length ? shown(values[n]) : '')).join(''));
}

/** Marks text as safe HTML. For HTML that a library has generated, such as a form with its token. */
export const trusted = (text: string): Html => new Html(text);

/** Name, logo and support contact of one application or organization. */
export interface Brand {
  name: string;
  logo: string | null;
  support: string | null;
}

/** Look of a page, from the sign-in that it belongs to. */
export interface PageLook {
  application: Brand | null;
  organization: Brand | null;
  /** Color of buttons, as #rrggbb. */
  color: string | null;
  /** Link back to the application. */
  back: { href: string; words: string } | null;
}

/** Look of a page that does not belong to an application. */
export const plainLook: PageLook = { application: null, organization: null, color: null, back: null };

/** Returns a complete page: readable without styles, usable without scripts, in one column. */
export function page(
  title: string,
  body: Html,
  { script = false, look = plainLook }: { script?: boolean; look?: PageLook } = {},
): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}${look.application && ` - ${look.application.name}`}</title>
<link rel="stylesheet" href="/sso/style.css">
${look.color && html`<link rel="stylesheet" href="/sso/colors/${look.color.slice(1)}.css">`}
${script && html`<script src="/sso/submit.js" defer></script>`}
</head>
<body>
<main>
${brandOf(look)}<h1>${title}</h1>
${body}
${footOf(look)}</main>
</body>
</html>
`.text;
}

/**
 * Returns the header with the application and the organization. Logos are next to their names, so they have no
 * alternative text.
 */
function brandOf({ application, organization }: PageLook): Html | null {
  const first = application ?? organization;
  if (!first) return null;
  const second = first === organization ? null : organization;
  return html`<header class="brand">
${first.logo && html`<img src="${first.logo}" alt="">`}
<div><p class="name">${first.name}</p>
${second && html`<p class="of">${second.logo && html`<img src="${second.logo}" alt="">`}${second.name}</p>`}</div>
</header>
`;
}

/** Returns the footer with the link back and the support contacts, the organization's before the application's. */
function footOf({ application, organization, back }: PageLook): Html {
  const contacts = [organization, application].flatMap((brand) => (brand?.support ? [brand] : []));
  const lines = contacts.map(
    ({ name, support }) => html`<p>Support of ${name}: ${contactLink(support ?? '')}</p>
`,
  );
  return html`${
    back &&
    html`<p class="back"><a href="${back.href}">${back.words}</a></p>
`
  }${
    lines.length > 0 &&
    html`<footer class="foot">
${lines}</footer>
`
  }`;
}

/** Returns the look without the support contacts and without the link back, for pages that do not need them. */
export const withoutFoot = (look: PageLook): PageLook => ({
  ...look,
  application: look.application && { ...look.application, support: null },
  organization: look.organization && { ...look.organization, support: null },
  back: null,
});

function contactLink(contact: string): Html {
  if (contact.startsWith('https://')) return html`<a href="${contact}">${contact.slice('https://'.length)}</a>`;
  return html`<a href="mailto:${encodeURIComponent(contact).replace('%40', '@')}">${contact}</a>`;
}

/** Headers of all pages: no external resources, no inline scripts or styles, no embedding in frames. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
} as const;

/** Script that submits the form on a page automatically. Without scripts, the form has a button. */
export const submitScript = `document.querySelector('form[data-submit]')?.submit();\n`;

/** Returns an error page with the message, what to do, and the request id for support. */
export function refusalPage(
  message: string,
  requestId: string,
  { title = 'You could not be signed in', look = plainLook }: { title?: string; look?: PageLook } = {},
): string {
  const { back } = look;
  const body = html`<p class="error" role="alert">${message}</p>
${back && html`<a class="button" href="${back.href}">${back.words}</a>`}
<p class="small after">If you contact support, include this request ID: <span class="number">${requestId}</span></p>`;
  // The link back is the main action, so it is shown as the button.
  return page(title, body, { look: { ...look, back: null } });
}

/** Returns a page with a form that sends fields to another site. */
export const postPage = (
  action: string,
  fields: Record<string, string>,
  {
    words = 'You are being redirected to your sign-in page.',
    look = plainLook,
  }: { words?: string; look?: PageLook } = {},
): string =>
  page(
    'One moment',
    html`<p>${words}</p>
<form method="post" action="${action}" data-submit>
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button>Continue</button>
</form>`,
    { script: true, look: withoutFoot(look) },
  );
