/**
 * What a kind of configuration is: pure data, from which export, comparison, plan, validation, the JSON Schema and the
 * documentation are derived. There is no code per kind.
 *
 * Operations are named by their keys in the catalog. Paths are dotted; `*` stands for any one name.
 */
import type { CatalogOperation } from '../guard/operation-graph.js';

/** The kinds, by their names in a manifest. */
export type KindName =
  | 'resources'
  | 'scopes'
  | 'organizationScopes'
  | 'organizationRoles'
  | 'roles'
  | 'applications'
  | 'consentScopes'
  | 'dynamicClients'
  | 'connectors'
  | 'ssoConnectors'
  | 'emailTemplates'
  | 'phrases'
  | 'profileFields'
  | 'accountCenter'
  | 'captcha'
  | 'signInExperience'
  | 'tokenCustomizers'
  | 'hooks';

/** A record of Logto. */
export type Item = Readonly<Record<string, unknown>>;

/** A set of references to other things, which operations of its own add to and take from. */
export interface Grant {
  /** The member of the manifest that lists them. */
  readonly member: string;
  /** The kind that they are of; undefined for plain words, such as the names of user scopes. */
  readonly to?: KindName;
  /** The member of the record that holds them; without it, `list` answers them. */
  readonly inRecord?: string;
  /** Answers them for one thing; where it answers an object, `member` of that holds them. */
  readonly list?: string;
  /** Only things for which this holds have any. */
  readonly onlyIf?: (record: Item) => boolean;
  /** The body field of the creation that takes their ids; without it they are added afterwards. */
  readonly onCreate?: string;
  /** What holds one that is built in is built in itself: a role that grants the Management API. */
  readonly carriesBuiltIn?: true;
  /** Adds some: the operation, and its field for their ids. */
  readonly add: { readonly operation: string; readonly field: string };
  /** Removes one: the operation, and further arguments. The last parameter of its route takes the id of what is removed. */
  readonly remove: { readonly operation: string; readonly values?: Item };
}

/** How the members of a thing become the arguments of a write, where they are not side by side. */
export type Wrapping =
  /** One argument holds all of them. */
  | { readonly whole: string }
  /** One argument is a list with the thing in it. */
  | { readonly list: string };

export interface WriteFacts {
  readonly operation: string;
  readonly wrap?: Wrapping;
  /** Every call has to state all members: what is not sent is lost or refused. */
  readonly complete?: true;
}

/** What decides whether a record belongs to Logto or to this program. */
export interface BuiltInContext {
  /** The id of the application that this program signs in with. */
  readonly appId: string;
  /** The indicator of the Management API. */
  readonly resource: string;
}

export interface Kind {
  readonly name: KindName;
  /** What a person calls one of them. */
  readonly title: string;
  /** What it is, as a sentence. */
  readonly about: string;
  /** A list of things, or one set of settings that the tenant has once. */
  readonly form: 'list' | 'one';
  /** The members that identify a thing among its kind, the same in every tenant. Empty for `one`. */
  readonly key: readonly string[];
  /** The kind that each belongs to, with the member of that which lists them. Its key is the first part of theirs. */
  readonly within?: { readonly kind: KindName; readonly member: string };
  /** The kind whose things these settings belong to: the key is a reference to it. */
  readonly of?: KindName;
  /** Reads all of them. Things within another kind are in the record of that. */
  readonly list?: string;
  /** Arguments of `list`. */
  readonly listValues?: Item;
  /** The member of an entry of the list that holds the members, where they are not in the entry itself. */
  readonly recordIn?: string;
  /** Members of the entry under other names, with their values translated: manifest member to entry member. */
  readonly renamed?: Readonly<
    Record<string, { readonly from: string; readonly values: Readonly<Record<string, string>> }>
  >;
  /** The member that holds the id; `id` unless stated. */
  readonly id?: string;
  readonly create?: WriteFacts;
  readonly update?: WriteFacts;
  /** Members that operations of their own set. */
  readonly settings?: readonly {
    readonly member: string;
    readonly operation: string;
  }[];
  /** Deletes one; undefined where nothing does. */
  readonly remove?: string;
  readonly grants?: readonly Grant[];
  /** Fields of the operations that are no configuration, or that name what a manifest cannot hold. */
  readonly omit?: readonly string[];
  /** Lists whose order counts. Other lists of texts are sets; lists of objects are always in order. */
  readonly ordered?: readonly string[];
  /** Values that Logto fills in: not stated means these. */
  readonly defaults?: Item;
  /** Members that Logto stores in lower case. */
  readonly lowerCase?: readonly string[];
  /** Members that cannot change although an update takes them, beside those that only a creation takes. */
  readonly fixed?: readonly string[];
  /** Logto leaves members without a value out of its records, so a missing one says nothing about its version. */
  readonly sparse?: true;
  /** Texts that people read: words such as "password" in them are no secrets. */
  readonly texts?: true;
  /** Created with this switch off, and switched on at the end. */
  readonly enableLast?: string;
  /** Why a record is left out of every export and never touched; undefined for those that a manifest can manage. */
  readonly builtIn?: (record: Item, context: BuiltInContext) => string | undefined;
  /** What Logto deletes when a thing is created: the other things with the same value of this member of the record. */
  readonly replaces?: {
    /** Lists what a thing can be made of, with its id under `key`. */
    readonly factories: string;
    /** The member of the factory and of the record that decides. */
    readonly member: string;
    /** The values of it of which a tenant has one. */
    readonly values: readonly string[];
  };
}

/** A kind with its operations. */
export interface KindOperations {
  readonly list: CatalogOperation | undefined;
  readonly create: CatalogOperation | undefined;
  readonly update: CatalogOperation | undefined;
  readonly remove: CatalogOperation | undefined;
}
