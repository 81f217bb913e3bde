/**
 * Marks what only the OpenAPI document needs. In a bundle for Lambda it is replaced by an empty function
 * (build/lambda-bundle.ts), so that nothing of it is left there: processes serve a document that was written before.
 */
export function described<Part>(part: Part): Part {
  return part;
}
