/** A file of the reference page. `name` carries a digest of the content, so that it can be kept for ever. */
export type DocsAsset = {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
};

/** The viewer that shows the OpenAPI document, as files. */
export interface DocsAssets {
  /** What the page loads, in this order: names of style sheets and of scripts. */
  page(): Promise<{ readonly styles: readonly string[]; readonly scripts: readonly string[] }>;
  /** `null` for any other name. */
  find(name: string): Promise<DocsAsset | null>;
}
