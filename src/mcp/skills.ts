/**
 * The prompts as skills (the extension `io.modelcontextprotocol/skills`): one `SKILL.md` each, which a client reads when a
 * task fits its description. Entries and texts are computed when they are first asked for.
 */
import { createHash } from 'node:crypto';
import type { Prompt, Prompts } from './prompts.js';

export const SKILLS_EXTENSION = 'io.modelcontextprotocol/skills';

/** A skill as `skills/list` and `skills/get` answer it. */
export interface Skill {
  readonly uri: string;
  readonly frontmatter: { readonly name: string; readonly description: string };
  /** Every file of the skill, with the SHA-256 and the length of its bytes. */
  readonly resources: { readonly uri: string; readonly digest: string; readonly size: number }[];
  readonly [extra: string]: unknown;
}

interface SkillFile {
  readonly skill: Skill;
  readonly text: string;
}

export interface Skills {
  list(): Promise<readonly Skill[]>;
  get(uri: string): Promise<Skill | undefined>;
  /** The text of a `SKILL.md`. */
  read(uri: string): Promise<string | undefined>;
}

/** Names of skills are in lower case with hyphens. */
const skillName = ({ name }: Prompt): string => name.replaceAll('_', '-');

/** The text of a prompt with its arguments as placeholders, below the header that the format requires. */
async function skillText(prompt: Prompt, prompts: Prompts): Promise<string> {
  const { title, description, arguments: taken } = prompt;
  const values = Object.fromEntries(taken.map(({ name }) => [name, `<${name}>`]));
  const inputs = taken.map(
    ({ name, description: meaning, required }) =>
      `- \`<${name}>\`${required ? '' : ' (optional)'}: ${meaning}`,
  );
  return [
    '---',
    `name: ${skillName(prompt)}`,
    // JSON is YAML, so no character of a description needs a rule of its own.
    `description: ${JSON.stringify(`${title} ${description}`)}`,
    '---',
    '',
    `# ${title}`,
    '',
    ...(inputs.length > 0 ? ['Replace these by what the person says:', '', ...inputs, ''] : []),
    await prompts.text(prompt.name, values),
    '',
  ].join('\n');
}

async function fileOf(prompt: Prompt, prompts: Prompts): Promise<SkillFile> {
  const uri = `skill://${skillName(prompt)}/SKILL.md`;
  const text = await skillText(prompt, prompts);
  const bytes = Buffer.from(text);
  return {
    text,
    skill: {
      uri,
      frontmatter: {
        name: skillName(prompt),
        description: `${prompt.title} ${prompt.description}`,
      },
      resources: [
        {
          uri,
          digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
          size: bytes.byteLength,
        },
      ],
    },
  };
}

/** The skills of the prompts that are offered. */
export function skillsOf(prompts: Prompts): Skills {
  let files: Promise<ReadonlyMap<string, SkillFile>> | undefined;
  const load = async (): Promise<ReadonlyMap<string, SkillFile>> => {
    const listed = await prompts.list();
    const made = await Promise.all(listed.map((prompt) => fileOf(prompt, prompts)));
    return new Map(made.map((file) => [file.skill.uri, file]));
  };
  const loaded = (): Promise<ReadonlyMap<string, SkillFile>> => {
    files ??= load();
    return files;
  };
  return {
    list: async () => [...(await loaded()).values()].map(({ skill }) => skill),
    get: async (uri) => (await loaded()).get(uri)?.skill,
    read: async (uri) => (await loaded()).get(uri)?.text,
  };
}
