ALTER TABLE "signing_keys" ADD COLUMN "signs_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "signing_keys" ADD COLUMN "longest_ttl" integer DEFAULT 86400 NOT NULL;