ALTER TABLE "sessions" ADD COLUMN "login_address" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "sessions_by_login" ON "sessions" USING btree ("user_id","login_address","created_at");