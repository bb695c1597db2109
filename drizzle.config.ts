import { defineConfig } from 'drizzle-kit';

// Reads the built tables: drizzle-kit cannot resolve the `.js` endings of ESM TypeScript.
export default defineConfig({
  dialect: 'postgresql',
  schema: './dist/**/*.table.js',
  out: './drizzle',
});
