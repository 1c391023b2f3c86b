/** The software bill of materials of the program (CycloneDX 1.6, JSON): every package whose code is in it. */
import { Enums, Models, Serialize, SPDX, Spec } from '@cyclonedx/cyclonedx-library';
import packageJson from '../../package.json' with { type: 'json' };
import type { BundledPackage } from './third-party-licenses.js';

/** `pkg:npm/%40scope/name@1.0.0`, as the package URL specification writes it. */
const purlOf = ({ name, version }: { readonly name: string; readonly version: string }): string =>
  `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** A licence as package.json has it: an identifier of SPDX, or an expression of several. */
const licenseOf = (license: string): Models.License => {
  const id = SPDX.fixupSpdxId(license);
  return id === undefined ? new Models.LicenseExpression(license) : new Models.SpdxLicense(id);
};

/**
 * The text of the bill. It has no time and no random number, so that the same sources make the same file.
 */
export function sbomOf(packages: readonly BundledPackage[]): string {
  const component = (
    type: Enums.ComponentType,
    { name, version, license }: BundledPackage,
  ): Models.Component => {
    const component = new Models.Component(type, name, {
      version,
      purl: purlOf({ name, version }),
      bomRef: purlOf({ name, version }),
    });
    if (license !== undefined) {
      component.licenses.add(licenseOf(license));
    }
    return component;
  };
  const { name, version, license } = packageJson;
  const root = component(Enums.ComponentType.Application, { name, version, license });
  const parts = packages.map((part) => component(Enums.ComponentType.Library, part));
  for (const part of parts) {
    root.dependencies.add(part.bomRef);
  }
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: root }),
    components: new Models.ComponentRepository(parts),
  });
  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6),
  );
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}
