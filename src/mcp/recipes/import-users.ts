import type { Recipe } from './recipe.js';

export const importUsers: Recipe = {
  name: 'import_users',
  title: 'Import users from a table',
  when: 'Create accounts from a CSV table, with the password digests of the system that they come from.',
  request: 'Take over these accounts from our old system, with their passwords.',
  arguments: [
    {
      name: 'csv',
      description:
        'A header line, then one line per user; columns: username, email, name, algorithm, digest',
      required: true,
      example:
        'username,email,name,algorithm,digest\nmira,mira@example.com,Mira Lang,SHA256,5e884898da28047151d0e56f8dc6292773603d0d6aabbd62a11ef721d1542d8',
    },
  ],
  script: `
const rows = input.csv.split('\\n').map((line) => line.trim()).filter(Boolean)
  // A cell in quotes may contain commas.
  .map((line) => [...line.matchAll(/("([^"]|"")*"|[^,]*)(,|$)/g)]
    .map(([, cell]) => cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell.trim()));
const [header, ...people] = rows;
const at = (row, column) => row[header.indexOf(column)] || undefined;
if (!header.includes('username') && !header.includes('email')) {
  throw new Error('The first line must name the columns: username, email, name, algorithm, digest.');
}
const taken = new Set((await logto.all('list_users', {})).flatMap((user) =>
  [user.username, user.primaryEmail?.toLowerCase()]));
const result = { created: [], existing: [] };
for (const row of people) {
  const username = at(row, 'username');
  const email = at(row, 'email')?.toLowerCase();
  if ([username, email].some((one) => one && taken.has(one))) {
    result.existing.push(username ?? email);
    continue;
  }
  const digest = at(row, 'digest');
  await logto.create_user({
    ...(username && { username }),
    ...(email && { primaryEmail: email }),
    ...(at(row, 'name') && { name: at(row, 'name') }),
    ...(digest && { passwordDigest: digest, passwordAlgorithm: at(row, 'algorithm') }),
  });
  taken.add(username).add(email);
  result.created.push(username ?? email);
}
return result;
`,
};
