/** What travels between the core and the thread that owns the database. Everything is serialisable. */
export type Parameter = string | number | null | Uint8Array;

export interface Statement {
  readonly sql: string;
  readonly parameters?: readonly Parameter[];
}

export type StoreRequest = { readonly id: number } & (
  | { readonly do: 'all'; readonly statement: Statement }
  | { readonly do: 'transaction'; readonly statements: readonly Statement[] }
  | { readonly do: 'chain'; readonly body: string }
  | { readonly do: 'close' }
);

export type Row = Readonly<Record<string, string | number | null | Uint8Array>>;

export type StoreAnswer =
  { readonly id: number; readonly rows: readonly Row[] } | { readonly id: number; readonly error: string };

export interface StoreStart {
  readonly path: string;
}
