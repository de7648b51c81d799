import { newId } from '../../kernel/ids.js';
import { storableText } from '../../kernel/text.js';
import { create } from '../../storage/rows.js';
import { type NewRequest, ProvisioningRequest } from './provisioning-request.js';

/** Maximum length of a stored request or response body, in characters. */
export const maximumBody = 65_536;
const maximumPath = 8_192;
const maximumText = 2_000;

const body = (text: string | null) => (text === null ? null : storableText(text, maximumBody));

/** Returns a new entry in which every external text is truncated and in a form that the database can store. */
export function storableRequest(entry: NewRequest): ProvisioningRequest {
  const { method, path, requestText, responseText, error, quirks } = entry;
  return create(ProvisioningRequest, {
    ...entry,
    id: newId('req'),
    method: storableText(method, maximumText),
    path: storableText(path, maximumPath),
    requestText: body(requestText),
    responseText: body(responseText),
    error: error === null ? null : storableText(error, maximumText),
    quirks: quirks.map((quirk) => storableText(quirk, maximumText)),
  });
}
