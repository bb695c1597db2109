import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * What types and formatting cannot say. Formatting is Prettier's; imports are checked in
 * `.dependency-cruiser.mjs`. `test/architecture/lint.test.ts` breaks every rule that is the house's own.
 */

/** Files under 300 lines, functions under 40, handlers under 5 statements, constructors under 6 dependencies. */
const MAX_FILE_LINES = 299;
const MAX_TEST_LINES = 600;
const MAX_FUNCTION_LINES = 39;
const MAX_HANDLER_LINES = 20;
const MAX_HANDLER_STATEMENTS = 4;
const MAX_DEPENDENCIES = 5;

const everywhere = [
  {
    selector: 'TSInterfaceDeclaration[id.name=/^I[A-Z][a-z]/]',
    message: 'Name the thing itself, without the prefix I.',
  },
  {
    selector:
      ':matches(ClassDeclaration,TSInterfaceDeclaration,TSTypeAliasDeclaration)[id.name=/^(?:Base|Abstract)[A-Z]|[a-z]Base$/]',
    message: 'No base classes: hand the shared part in as a dependency, or name the port by what it does.',
  },
  {
    selector: `MethodDefinition[kind="constructor"] > FunctionExpression[params.length>${MAX_DEPENDENCIES}]`,
    message: 'Six dependencies or more are two classes: find the seam.',
  },
];

const access = [
  {
    selector: 'Decorator[expression.callee.name=/^(?:UseGuards|ApiBearerAuth|ApiSecurity|SetMetadata)$/]',
    message:
      'Declare access with the decorators of src/access (@AuthRequired(), @Public(), …): guard, catalogue, lock ' +
      'and document all read them.',
  },
];

const environment = [
  {
    selector: 'MemberExpression[object.name="process"]:matches([property.name="env"],[property.value="env"])',
    message:
      'Only src/platform/config reads the environment: add the variable there and inject Configuration.',
  },
  {
    selector: 'VariableDeclarator[init.name="process"] > ObjectPattern > Property[key.name="env"]',
    message:
      'Only src/platform/config reads the environment: add the variable there and inject Configuration.',
  },
];

const time = [
  {
    selector: 'CallExpression[callee.object.name=/^(?:Date|performance)$/][callee.property.name="now"]',
    message: 'Take the time from the Clock of src/platform/clock, which a test can stop.',
  },
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Take the time from the Clock of src/platform/clock, which a test can stop.',
  },
  {
    selector: 'CallExpression[callee.name="Date"]',
    message: 'Take the time from the Clock of src/platform/clock, which a test can stop.',
  },
  {
    selector: 'MemberExpression[object.name="process"][property.name="hrtime"]',
    message: 'Take the time from the Clock of src/platform/clock, which a test can stop.',
  },
];

const restrict = (...lists) => ({ 'no-restricted-syntax': ['error', ...lists.flat()] });

const SPECS = ['src/**/*.spec.ts'];
const TESTS = [...SPECS, 'test/**/*.ts', 'bench/**/*.ts'];

export default defineConfig(
  { ignores: ['dist/**', 'data/**', 'coverage/**', 'drizzle/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...restrict(everywhere),
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-self-compare': 'error',
      'no-unreachable-loop': 'error',
      'max-lines': ['error', { max: MAX_FILE_LINES }],
      'max-lines-per-function': ['error', { max: MAX_FUNCTION_LINES, skipComments: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      // What was caught is thrown on as it came.
      '@typescript-eslint/only-throw-error': [
        'error',
        { allowThrowingUnknown: true, allowThrowingAny: false },
      ],
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // How a feature adds its permissions to those that the compiler knows.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      // The class of a Nest module is empty by nature: its decorator says everything.
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: SPECS,
    rules: {
      ...restrict(everywhere, access, environment, time),
      'no-console': 'error',
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:process', message: 'Use the global process; its env only in src/platform/config.' },
            {
              name: 'node:perf_hooks',
              importNames: ['performance'],
              message: 'Take the time from src/platform/clock.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/platform/config/**/*.ts'],
    ignores: SPECS,
    rules: restrict(everywhere, access, time),
  },
  {
    files: ['src/platform/clock/**/*.ts'],
    ignores: SPECS,
    rules: { ...restrict(everywhere, access, environment), 'no-restricted-imports': 'off' },
  },
  {
    files: ['src/access/**/*.ts'],
    ignores: SPECS,
    rules: restrict(everywhere, environment, time),
  },
  {
    files: ['src/**/*.controller.ts'],
    rules: {
      'max-lines-per-function': ['error', { max: MAX_HANDLER_LINES, skipComments: true }],
      'max-statements': ['error', { max: MAX_HANDLER_STATEMENTS }],
    },
  },
  { files: ['src/main.ts', 'src/cli.ts'], rules: { 'no-console': 'off' } },
  {
    files: TESTS,
    rules: {
      'max-lines': ['error', { max: MAX_TEST_LINES }],
      'max-lines-per-function': 'off',
      // JSON that comes back over HTTP is any; the contract tests validate it against the document.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // A fake of an asynchronous port has often nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.base],
    rules: { eqeqeq: 'error', 'prefer-const': 'error', 'max-lines': ['error', { max: MAX_FILE_LINES }] },
  },
);
