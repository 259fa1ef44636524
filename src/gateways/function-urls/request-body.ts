import { isUtf8 } from 'node:buffer';

/**
 * Media types whose bodies are text. Everything else is base64, forms and bodies without a type too, as AWS does it for
 * payload format 2.0.
 */
const TEXT = /^(text\/|application\/(json|xml|javascript)$|application\/[a-z0-9.+-]+\+(json|xml)$)/;

/** The members of an event that hold a body; an empty body has none. */
export function bodyMembers(
  body: Buffer,
  contentType: string | undefined,
): { readonly body?: string; readonly isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  // What says that it is text and is none, such as a compressed body, would not survive being told as text.
  if (TEXT.test(mediaType) && isUtf8(body)) return { body: body.toString('utf8'), isBase64Encoded: false };
  return { body: body.toString('base64'), isBase64Encoded: true };
}
