CREATE TABLE "clients" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text,
	"audience" text NOT NULL,
	"may" text[] NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
