CREATE TABLE "audit_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"type" text NOT NULL,
	"via" text NOT NULL,
	"actor_id" text,
	"subject_id" text,
	"request_id" text,
	"details" text NOT NULL,
	"email" text,
	"subject_salt" "bytea",
	"subject_hash" "bytea",
	"ip" text,
	"agent" text,
	"actor_salt" "bytea",
	"actor_hash" "bytea",
	"key_id" text NOT NULL,
	"mac" "bytea" NOT NULL,
	"seal_no" bigint,
	"seal_mac" "bytea"
);
--> statement-breakpoint
CREATE UNIQUE INDEX "audit_events_seal" ON "audit_events" USING btree ("seal_no");--> statement-breakpoint
CREATE INDEX "audit_events_unsealed" ON "audit_events" USING btree ("id") WHERE "audit_events"."seal_no" IS NULL;--> statement-breakpoint
CREATE INDEX "audit_events_type" ON "audit_events" USING btree ("type","id");--> statement-breakpoint
CREATE INDEX "audit_events_actor" ON "audit_events" USING btree ("actor_id","id");--> statement-breakpoint
CREATE INDEX "audit_events_subject" ON "audit_events" USING btree ("subject_id","id");--> statement-breakpoint
CREATE INDEX "audit_events_email" ON "audit_events" USING btree ("email","id");