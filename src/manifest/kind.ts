/**
 * What a kind of configuration is: pure data, from which export, comparison, plan, validation, the JSON Schema and the
 * documentation are derived. There is no code per kind.
 *
 * Operations are named by their keys in the catalog. Paths are dotted; `*` stands for any one name.
 */
import type { Item } from '../catalog/write-facts.js';
/** The kinds, by their names in a manifest. */
export type KindName =
  | 'resources'
  | 'scopes'
  | 'organizationScopes'
  | 'organizationRoles'
  | 'roles'
  | 'applications'
  | 'consentScopes'
  | 'applicationSignInExperiences'
  | 'dynamicClients'
  | 'connectors'
  | 'ssoConnectors'
  | 'emailTemplates'
  | 'phrases'
  | 'profileFields'
  | 'accountCenter'
  | 'captcha'
  | 'signInExperience'
  | 'sessionConfig'
  | 'idTokenConfig'
  | 'tokenCustomizers'
  | 'actions'
  | 'hooks';

/** What the record of an item must be for something to apply to it. */
export interface RecordCondition {
  readonly appliesTo: (record: Item) => boolean;
  /** The rule, as a clause: "only a machine-to-machine application has roles". */
  readonly because: string;
}

/** A member that an operation of its own sets. */
export interface MemberSetting {
  readonly member: string;
  readonly operation: string;
  /** The argument that is a list, with the key of the item and the member in its one entry. */
  readonly list?: string;
  /** Logto gives every item a value, so a manifest that does not state one accepts any. */
  readonly isAssigned?: true;
}

/** A set of references to other items, with operations that add some and remove one. */
export interface Grant {
  /** The member of the manifest that lists them. */
  readonly member: string;
  /** The kind of the referenced items; undefined for plain words, such as the names of user scopes. */
  readonly to?: KindName;
  /** The member of the record that contains the references; without it, `list` answers them. */
  readonly inRecord?: string;
  /** Answers the references of one item; if it answers an object, its `member` contains them. */
  readonly list?: string;
  /** Which items can have references. */
  readonly onlyIf?: RecordCondition;
  /** The body field of the creation that takes their ids; without it they are added afterwards. */
  readonly onCreate?: string;
  /** An item that references a built-in one is built in itself: a role that grants the Management API. */
  readonly carriesBuiltIn?: true;
  /** Adds some: the operation, and its field for their ids. */
  readonly add: { readonly operation: string; readonly field: string };
  /** Removes one: the operation, and further arguments; the last parameter of its route takes the id. */
  readonly remove: { readonly operation: string; readonly values?: Item };
}

/** How the members of an item become the arguments of a write, if they are not top-level arguments. */
export type Wrapping =
  /** One argument holds all of them. */
  | { readonly whole: string }
  /** One argument is a list that contains the item. */
  | { readonly list: string };

export interface WriteFacts {
  readonly operation: string;
  readonly wrap?: Wrapping;
  /** Every call must send all members: Logto drops or rejects what is missing. */
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
  /** The name of one of them in messages: `SSO connector`. */
  readonly title: string;
  /** What it is, as a sentence for the JSON Schema. */
  readonly about: string;
  /** A list of things, or one set of settings that the tenant has once. */
  readonly form: 'list' | 'one';
  /** The members that identify an item within its kind, the same in every tenant. Empty for `one`. */
  readonly key: readonly string[];
  /**
   * The kind that each item belongs to, with the member of that kind that lists them. The key of the parent is the first
   * part of their keys.
   */
  readonly within?: { readonly kind: KindName; readonly member: string };
  /** The kind whose items these settings belong to: the key is a reference to it. */
  readonly of?: KindName;
  /** Which items of that kind have such settings. */
  readonly onlyIf?: RecordCondition;
  /** Reads the settings of one item of that kind; Logto answers 404 if it has none. */
  readonly read?: string;
  /** Reads all of them. The record of the parent contains items within another kind. */
  readonly list?: string;
  /** Arguments of `list`. */
  readonly listValues?: Item;
  /** The member of a list entry that contains the members, if the entry itself does not. */
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
  readonly settings?: readonly MemberSetting[];
  /** Deletes one; undefined if no operation does. */
  readonly remove?: string;
  /** Arguments of `remove` beside its path: the members without a value, if an update is the only way to remove. */
  readonly removeValues?: Item;
  readonly grants?: readonly Grant[];
  /** Fields of the operations that a manifest leaves out, each with the reason as a clause. */
  readonly omit?: Readonly<Record<string, string>>;
  /** Lists whose order counts. Other lists of texts are sets; lists of objects are always in order. */
  readonly ordered?: readonly string[];
  /** Values that Logto fills in where none is sent. */
  readonly defaults?: Item;
  /** Members that Logto stores in lower case. */
  readonly lowerCase?: readonly string[];
  /** Members that cannot change although the update accepts them. Those that only the creation accepts need not be listed. */
  readonly fixed?: readonly string[];
  /** Logto leaves members without a value out of its records, so a missing one says nothing about its version. */
  readonly sparse?: true;
  /** Texts for users: words such as "password" in them are not secrets. */
  readonly texts?: true;
  /** Created with this switch off, and switched on at the end. */
  readonly enableLast?: string;
  /** Why a record is never exported and never touched; undefined if a manifest can manage it. */
  readonly builtIn?: (record: Item, context: BuiltInContext) => string | undefined;
  /** What Logto deletes when an item is created: the other items with the same value of this member of the record. */
  readonly replaces?: {
    /** Lists the factories that an item can be created from, with its id under `key`. */
    readonly factories: string;
    /** The member of the factory and of the record that decides. */
    readonly member: string;
    /** The values of which a tenant has one item each. */
    readonly values: readonly string[];
  };
}
