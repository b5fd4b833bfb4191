import eslint from "@eslint/js";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

const PULUMI = {
  group: ["@pulumi/*"],
  message: "A lower-case file is pure; only components (PascalCase) know Pulumi.",
};
const HOST = {
  group: ["@pulumi/command", "@pulumi/command/*", "ssh2"],
  message: "Only sdk/host runs commands on hosts.",
};
const LOUD = ["log", "ResourceError", "RunError"].map((property) => ({
  object: "pulumi",
  property,
  message: "What people read goes through sdk/core/Tell.ts.",
}));
const only = (...patterns) => ({ "no-restricted-imports": ["error", { patterns }] });

export default tseslint.config(
  { ignores: ["**/node_modules/", "dist/", ".cache/", "docs/"] },
  {
    files: ["**/*.ts"],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      ...importX.flatConfigs.typescript.settings,
      "import-x/resolver-next": [createTypeScriptImportResolver()],
    },
    rules: {
      "import-x/no-cycle": "error",
      // Numbers in text are fine; objects and undefined are not.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `args["key"]` is what noPropertyAccessFromIndexSignature would ask for in tests and tables.
      "@typescript-eslint/dot-notation": "off",
    },
  },
  // `void` would hide an assertion that nobody awaits.
  { files: ["test/**/*.ts"], rules: { "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: false }] } },
  { files: ["sdk/**/*.ts"], ignores: ["sdk/core/Tell.ts"], rules: { "no-restricted-properties": ["error", ...LOUD] } },
  { files: ["sdk/**/*.ts"], rules: only(HOST) },
  { files: ["sdk/**/[a-z]*.ts"], ignores: ["sdk/index.ts", "sdk/core/validated.ts"], rules: only(HOST, PULUMI) },
  { files: ["sdk/host/**/[A-Z]*.ts"], rules: { "no-restricted-imports": "off" } },
  { files: ["sdk/host/**/[a-z]*.ts"], rules: only({ ...PULUMI, group: ["@pulumi/command", "@pulumi/command/*"] }) },
);
