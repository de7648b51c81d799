import { html, page } from '../web/pages.js';

/** Returns the page on which a developer enters the user to sign in as. `hidden` are additional fields of the form. */
export function personPage(
  action: string,
  {
    hidden = {},
    problem = null,
    email = '',
  }: { hidden?: Record<string, string>; problem?: string | null; email?: string },
): string {
  return page(
    'Test identity provider',
    html`<p>This page simulates the customer’s identity provider. Sign in as any user; no password is required.</p>
${problem && html`<p class="error" role="alert">${problem}</p>`}
<form method="post" action="${action}">
${Object.entries(hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<label for="email">Email</label>
<input id="email" name="email" type="email" value="${email}" autocomplete="off" autofocus>
<label><input name="email_verified" type="checkbox" value="yes" checked> The address is verified</label>
<label for="given_name">Given name</label>
<input id="given_name" name="given_name" autocomplete="off">
<label for="family_name">Family name</label>
<input id="family_name" name="family_name" autocomplete="off">
<label for="groups">Groups, separated by commas</label>
<input id="groups" name="groups" autocomplete="off">
<label for="sub">Subject (identifies the user; default: derived from the email address)</label>
<input id="sub" name="sub" autocomplete="off">
<label for="claims">More claims, as a JSON object</label>
<textarea id="claims" name="claims" rows="3" spellcheck="false"></textarea>
<button>Sign in</button>
</form>`,
  );
}
