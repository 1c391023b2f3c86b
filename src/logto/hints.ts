/** The next step after an error, by Logto's code and, failing that, by its status. */

const byCode: Readonly<Record<string, string>> = {
  'auth.forbidden':
    'The machine-to-machine application lacks the Management API role. In the Logto console open the application, then Machine-to-machine roles, and assign "Logto Management API access".',
  'guard.invalid_input': 'Correct the arguments named in details.',
  'guard.invalid_pagination': 'page starts at 1; page_size is 1 to 100.',
  'entity.not_found': 'Look the id up with the list or search tool of that entity.',
  'entity.not_exists': 'Look the id up with the list or search tool of that entity.',
  'entity.not_exists_with_id': 'Look the id up with the list or search tool of that entity.',
  'entity.relation_foreign_key_not_found':
    'One of the ids does not exist: look each of them up before you call again.',
  'entity.invalid_input':
    'Logto found nothing to change in the arguments: name a field that can be changed.',
  'entity.value_too_long': 'One of the texts is longer than the database takes: shorten it.',
  'entity.unique_integrity_violation': 'It exists already: read it instead of creating it.',
  'role.user_exists':
    'Nobody was given the role. Leave out the users who hold it already (list_role_users), or use assign_user_roles, which accepts repetition.',
  'role.application_exists':
    'No application was given the role. Leave out those that hold it already (list_role_applications).',
  'role.scope_exists':
    'Nothing was added. Leave out the scopes that the role has already (list_role_scopes).',
  'role.name_in_use': 'Take another name, or use the role that has it (list_roles).',
  'user.username_already_in_use':
    'Take another username, or find the user who has it (list_users).',
  'user.email_already_in_use': 'Another user has this address: find them with list_users.',
  'user.phone_already_in_use': 'Another user has this number: find them with list_users.',
  'resource.resource_identifier_in_use':
    'A resource with this indicator exists: find it with list_resources.',
  'request.message_rate_limited':
    'Logto sends at most ten messages to one recipient in ten minutes: wait that long.',
  'connector.not_found':
    'The tenant has no connector of that kind: set one up first (list_connectors).',
};

const byStatus: Readonly<Record<number, string>> = {
  401: 'Logto refused the token, and a new one too. Check LOGTO_API_RESOURCE and that the application still exists.',
  403: 'Logto does not allow this to the application, or the tenant has reached a limit.',
  404: 'Look the id up with the list or search tool of that entity.',
  429: 'Wait, then call again.',
  500: 'Logto failed inside. Some wrong arguments do that too: check search fields, modes and patterns before you repeat the call.',
};

/** The hint for an error of Logto's, if we know one. */
export const hintFor = (status: number, code: string | undefined): string | undefined =>
  (code === undefined ? undefined : byCode[code]) ?? byStatus[status];
