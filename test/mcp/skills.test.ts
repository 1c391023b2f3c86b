import { skillEntry } from '@modelcontextprotocol/server/ext/skills';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Connected, connectSandbox } from '../support/client.js';

const Skill = z.looseObject({
  uri: z.string(),
  frontmatter: z.looseObject({ name: z.string(), description: z.string() }),
  resources: z.array(z.looseObject({ uri: z.string(), digest: z.string(), size: z.number() })),
});
const SkillList = z.looseObject({ skills: z.array(Skill), ttlMs: z.number() });

describe.each(['legacy', 'modern'] as const)('skills in the %s era', (era) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connectSandbox({ era });
  });
  afterAll(() => connected.close());

  const list = () => connected.client.request({ method: 'skills/list', params: {} }, SkillList);

  it('are declared, one for each prompt', async () => {
    const { skills } = await list();
    const { prompts } = await connected.client.listPrompts();
    expect(skills.map(({ frontmatter }) => frontmatter.name)).toEqual(
      prompts.map(({ name }) => name.replaceAll('_', '-')),
    );
    expect(connected.client.getServerCapabilities()?.extensions).toHaveProperty([
      'io.modelcontextprotocol/skills',
    ]);
  });

  it('have the entries that the SDK computes from their files', async () => {
    const { skills } = await list();
    for (const skill of skills) {
      const { contents } = await connected.client.readResource({ uri: skill.uri });
      const [content] = contents;
      const text = content !== undefined && 'text' in content ? content.text : '';
      expect(skill).toEqual(await skillEntry(skill.frontmatter.name, { 'SKILL.md': text }));
      const got = await connected.client.request(
        { method: 'skills/get', params: { uri: skill.uri } },
        z.looseObject({ skill: Skill }),
      );
      expect(got.skill).toEqual(skill);
    }
  });

  it('are refused if they do not exist', async () => {
    await expect(
      connected.client.request(
        { method: 'skills/get', params: { uri: 'skill://none/SKILL.md' } },
        z.looseObject({}),
      ),
    ).rejects.toThrow('skills/list');
  });
});
