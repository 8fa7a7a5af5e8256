CREATE TABLE organizations (
	id BIGSERIAL NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	currency TEXT COLLATE "C" NOT NULL, 
	time_zone TEXT COLLATE "C" NOT NULL, 
	timesheet_submission BOOLEAN NOT NULL, 
	lock_approved BOOLEAN NOT NULL, 
	reporting_currency TEXT COLLATE "C", 
	rounding_method VARCHAR(10) NOT NULL, 
	rounding_interval SMALLINT NOT NULL, 
	internal_overhead_per_hour BIGINT NOT NULL, 
	facility_overhead_per_hour BIGINT NOT NULL, 
	CONSTRAINT pk_organizations PRIMARY KEY (id), 
	CONSTRAINT ck_organizations__rounding_method_known CHECK (rounding_method IN ('none', 'nearest', 'up', 'down')), 
	CONSTRAINT ck_organizations__rounding_interval_known CHECK (rounding_interval IN (6, 15, 30))
);

CREATE TABLE time_entry_months (
	organization_id BIGINT NOT NULL, 
	level SMALLINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	month DATE NOT NULL, 
	currency TEXT COLLATE "C" NOT NULL, 
	entries BIGINT NOT NULL, 
	time BIGINT NOT NULL, 
	billable_time BIGINT NOT NULL, 
	cost_high BIGINT NOT NULL, 
	cost_low BIGINT NOT NULL, 
	cost_default_high BIGINT NOT NULL, 
	cost_default_low BIGINT NOT NULL, 
	CONSTRAINT pk_time_entry_months PRIMARY KEY (organization_id, level, project_id, person_id, month, currency)
);

CREATE TABLE change_counters (
	organization_id BIGINT NOT NULL, 
	last_id BIGINT NOT NULL, 
	CONSTRAINT pk_change_counters PRIMARY KEY (organization_id), 
	CONSTRAINT fk_change_counters__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE companies (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	name_folded TEXT COLLATE "C" NOT NULL, 
	CONSTRAINT pk_companies PRIMARY KEY (id), 
	CONSTRAINT fk_companies__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE exchange_rates (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	from_currency TEXT COLLATE "C" NOT NULL, 
	to_currency TEXT COLLATE "C" NOT NULL, 
	rate TEXT COLLATE "C" NOT NULL, 
	date DATE NOT NULL, 
	CONSTRAINT pk_exchange_rates PRIMARY KEY (id), 
	CONSTRAINT uq_exchange_rates__organization_id_from_currency_to_cur_63ce UNIQUE (organization_id, from_currency, to_currency, date), 
	CONSTRAINT fk_exchange_rates__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE subsidiaries (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	CONSTRAINT pk_subsidiaries PRIMARY KEY (id), 
	CONSTRAINT fk_subsidiaries__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE invoices (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	company_id BIGINT, 
	number TEXT COLLATE "C", 
	finalized_on DATE, 
	CONSTRAINT pk_invoices PRIMARY KEY (id), 
	CONSTRAINT fk_invoices__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_invoices__company_id FOREIGN KEY(company_id) REFERENCES companies (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE people (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	subsidiary_id BIGINT, 
	manager_id BIGINT, 
	first_name TEXT COLLATE "C" NOT NULL, 
	last_name TEXT COLLATE "C" NOT NULL, 
	name_folded TEXT COLLATE "C" NOT NULL, 
	email TEXT COLLATE "C", 
	title TEXT COLLATE "C", 
	role VARCHAR(10) NOT NULL, 
	can_see_costs BOOLEAN NOT NULL, 
	CONSTRAINT pk_people PRIMARY KEY (id), 
	CONSTRAINT ck_people__role_known CHECK (role IN ('ADMIN', 'MANAGER', 'MEMBER')), 
	CONSTRAINT fk_people__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_people__subsidiary_id FOREIGN KEY(subsidiary_id) REFERENCES subsidiaries (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_people__manager_id FOREIGN KEY(manager_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE projects (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	company_id BIGINT, 
	name TEXT COLLATE "C" NOT NULL, 
	name_folded TEXT COLLATE "C" NOT NULL, 
	number TEXT COLLATE "C", 
	CONSTRAINT pk_projects PRIMARY KEY (id), 
	CONSTRAINT fk_projects__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_projects__company_id FOREIGN KEY(company_id) REFERENCES companies (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE deals (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	project_id BIGINT, 
	company_id BIGINT, 
	responsible_id BIGINT, 
	subsidiary_id BIGINT, 
	name TEXT COLLATE "C" NOT NULL, 
	name_folded TEXT COLLATE "C" NOT NULL, 
	currency TEXT COLLATE "C" NOT NULL, 
	budget BOOLEAN NOT NULL, 
	deal_type_id SMALLINT NOT NULL, 
	time_approval BOOLEAN NOT NULL, 
	CONSTRAINT pk_deals PRIMARY KEY (id), 
	CONSTRAINT ck_deals__deal_type_id_known CHECK (deal_type_id IN (1, 2)), 
	CONSTRAINT fk_deals__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_deals__project_id FOREIGN KEY(project_id) REFERENCES projects (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_deals__company_id FOREIGN KEY(company_id) REFERENCES companies (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_deals__responsible_id FOREIGN KEY(responsible_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_deals__subsidiary_id FOREIGN KEY(subsidiary_id) REFERENCES subsidiaries (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE idempotency_keys (
	person_id BIGINT NOT NULL, 
	field VARCHAR(40) NOT NULL, 
	key TEXT COLLATE "C" NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	time_entry_id BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (person_id, field, key), 
	CONSTRAINT fk_idempotency_keys__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE salaries (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	cost BIGINT NOT NULL, 
	currency TEXT COLLATE "C" NOT NULL, 
	overhead BOOLEAN NOT NULL, 
	started_on DATE NOT NULL, 
	ended_on DATE, 
	CONSTRAINT pk_salaries PRIMARY KEY (id), 
	CONSTRAINT fk_salaries__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_salaries__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE tasks (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	project_id BIGINT, 
	title TEXT COLLATE "C" NOT NULL, 
	title_folded TEXT COLLATE "C" NOT NULL, 
	number TEXT COLLATE "C", 
	initial_estimate BIGINT, 
	remaining_time BIGINT, 
	closed BOOLEAN NOT NULL, 
	CONSTRAINT pk_tasks PRIMARY KEY (id), 
	CONSTRAINT fk_tasks__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_tasks__project_id FOREIGN KEY(project_id) REFERENCES projects (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE time_entry_changes (
	organization_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	time_entry_id BIGINT NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	actor_id BIGINT, 
	at BIGINT NOT NULL, 
	revision BIGINT NOT NULL, 
	before TEXT COLLATE "C", 
	after TEXT COLLATE "C", 
	CONSTRAINT pk_time_entry_changes PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_time_entry_changes__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entry_changes__actor_id FOREIGN KEY(actor_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE timesheets (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	creator_id BIGINT, 
	date DATE NOT NULL, 
	created_at BIGINT NOT NULL, 
	imported BOOLEAN NOT NULL, 
	CONSTRAINT pk_timesheets PRIMARY KEY (id), 
	CONSTRAINT uq_timesheets__person_id_date UNIQUE (person_id, date), 
	CONSTRAINT fk_timesheets__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_timesheets__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_timesheets__creator_id FOREIGN KEY(creator_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE tokens (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	revoked_at BIGINT, 
	last_used_at BIGINT, 
	CONSTRAINT pk_tokens PRIMARY KEY (id), 
	CONSTRAINT fk_tokens__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_tokens__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_tokens__digest UNIQUE (digest)
);

CREATE TABLE deal_cost_rates (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	deal_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	cost BIGINT NOT NULL, 
	currency TEXT COLLATE "C" NOT NULL, 
	CONSTRAINT pk_deal_cost_rates PRIMARY KEY (id), 
	CONSTRAINT uq_deal_cost_rates__deal_id_person_id UNIQUE (deal_id, person_id), 
	CONSTRAINT fk_deal_cost_rates__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_deal_cost_rates__deal_id FOREIGN KEY(deal_id) REFERENCES deals (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_deal_cost_rates__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE invoice_attributions (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	invoice_id BIGINT NOT NULL, 
	deal_id BIGINT, 
	amount BIGINT NOT NULL, 
	CONSTRAINT pk_invoice_attributions PRIMARY KEY (id), 
	CONSTRAINT fk_invoice_attributions__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_invoice_attributions__invoice_id FOREIGN KEY(invoice_id) REFERENCES invoices (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_invoice_attributions__deal_id FOREIGN KEY(deal_id) REFERENCES deals (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE services (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	deal_id BIGINT NOT NULL, 
	name TEXT COLLATE "C" NOT NULL, 
	name_folded TEXT COLLATE "C" NOT NULL, 
	billing_type_id SMALLINT NOT NULL, 
	CONSTRAINT pk_services PRIMARY KEY (id), 
	CONSTRAINT ck_services__billing_type_id_known CHECK (billing_type_id IN (1, 2, 3)), 
	CONSTRAINT fk_services__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_services__deal_id FOREIGN KEY(deal_id) REFERENCES deals (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE bookings (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	service_id BIGINT, 
	started_on DATE NOT NULL, 
	ended_on DATE NOT NULL, 
	autotracking BOOLEAN NOT NULL, 
	CONSTRAINT pk_bookings PRIMARY KEY (id), 
	CONSTRAINT fk_bookings__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_bookings__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_bookings__service_id FOREIGN KEY(service_id) REFERENCES services (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE time_entries (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	revision BIGINT NOT NULL, 
	imported BOOLEAN NOT NULL, 
	person_id BIGINT NOT NULL, 
	service_id BIGINT NOT NULL, 
	task_id BIGINT, 
	approver_id BIGINT, 
	updater_id BIGINT, 
	rejecter_id BIGINT, 
	creator_id BIGINT, 
	last_actor_id BIGINT, 
	person_subsidiary_id BIGINT, 
	deal_subsidiary_id BIGINT, 
	timesheet_id BIGINT, 
	booking_id BIGINT, 
	invoice_attribution_id BIGINT, 
	deal_id BIGINT NOT NULL, 
	project_id BIGINT, 
	company_id BIGINT, 
	responsible_id BIGINT, 
	invoice_id BIGINT, 
	billing_type_id SMALLINT NOT NULL, 
	invoicing_status_id SMALLINT NOT NULL, 
	date DATE NOT NULL, 
	time BIGINT NOT NULL, 
	billable_time BIGINT NOT NULL, 
	track_method_id INTEGER NOT NULL, 
	approved BOOLEAN NOT NULL, 
	rejected BOOLEAN NOT NULL, 
	submitted BOOLEAN NOT NULL, 
	overhead BOOLEAN NOT NULL, 
	autotracked BOOLEAN NOT NULL, 
	status_id SMALLINT GENERATED ALWAYS AS (CASE WHEN approved THEN 1 WHEN rejected THEN 3 ELSE 2 END) STORED NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	last_activity_at BIGINT NOT NULL, 
	started_at BIGINT, 
	timer_started_at BIGINT, 
	timer_stopped_at BIGINT, 
	approved_at BIGINT, 
	rejected_at BIGINT, 
	calendar_event_id BIGINT, 
	note TEXT COLLATE "C", 
	rejected_reason TEXT COLLATE "C", 
	jira_issue_id TEXT COLLATE "C", 
	jira_issue_status TEXT COLLATE "C", 
	jira_issue_summary TEXT COLLATE "C", 
	jira_worklog_id TEXT COLLATE "C", 
	jira_organization TEXT COLLATE "C", 
	jira_issue_id_folded TEXT COLLATE "C", 
	jira_issue_status_folded TEXT COLLATE "C", 
	jira_issue_summary_folded TEXT COLLATE "C", 
	jira_worklog_id_folded TEXT COLLATE "C", 
	currency TEXT COLLATE "C" NOT NULL, 
	currency_default TEXT COLLATE "C" NOT NULL, 
	currency_normalized TEXT COLLATE "C" NOT NULL, 
	rates TEXT COLLATE "C", 
	cost BIGINT NOT NULL, 
	cost_default BIGINT NOT NULL, 
	cost_normalized BIGINT NOT NULL, 
	work_cost BIGINT NOT NULL, 
	work_cost_default BIGINT NOT NULL, 
	work_cost_normalized BIGINT NOT NULL, 
	overhead_cost BIGINT NOT NULL, 
	overhead_cost_default BIGINT NOT NULL, 
	overhead_cost_normalized BIGINT NOT NULL, 
	internal_overhead_cost BIGINT NOT NULL, 
	internal_overhead_cost_default BIGINT NOT NULL, 
	internal_overhead_cost_normalized BIGINT NOT NULL, 
	facility_overhead_cost BIGINT NOT NULL, 
	facility_overhead_cost_default BIGINT NOT NULL, 
	facility_overhead_cost_normalized BIGINT NOT NULL, 
	cost_unrounded BIGINT NOT NULL, 
	cost_default_unrounded BIGINT NOT NULL, 
	cost_normalized_unrounded BIGINT NOT NULL, 
	work_cost_unrounded BIGINT NOT NULL, 
	work_cost_default_unrounded BIGINT NOT NULL, 
	work_cost_normalized_unrounded BIGINT NOT NULL, 
	overhead_cost_unrounded BIGINT NOT NULL, 
	overhead_cost_default_unrounded BIGINT NOT NULL, 
	overhead_cost_normalized_unrounded BIGINT NOT NULL, 
	internal_overhead_cost_unrounded BIGINT NOT NULL, 
	internal_overhead_cost_default_unrounded BIGINT NOT NULL, 
	internal_overhead_cost_normalized_unrounded BIGINT NOT NULL, 
	facility_overhead_cost_unrounded BIGINT NOT NULL, 
	facility_overhead_cost_default_unrounded BIGINT NOT NULL, 
	facility_overhead_cost_normalized_unrounded BIGINT NOT NULL, 
	CONSTRAINT pk_time_entries PRIMARY KEY (id), 
	CONSTRAINT ck_time_entries__minutes_not_negative CHECK (time >= 0 AND billable_time >= 0), 
	CONSTRAINT ck_time_entries__decided_once CHECK (NOT (approved AND rejected)), 
	CONSTRAINT ck_time_entries__billing_type_id_known CHECK (billing_type_id IN (1, 2, 3)), 
	CONSTRAINT ck_time_entries__invoicing_status_id_known CHECK (invoicing_status_id IN (1, 2, 3)), 
	CONSTRAINT ck_time_entries__track_method_id_positive CHECK (track_method_id >= 1), 
	CONSTRAINT fk_time_entries__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__service_id FOREIGN KEY(service_id) REFERENCES services (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__task_id FOREIGN KEY(task_id) REFERENCES tasks (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__approver_id FOREIGN KEY(approver_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__updater_id FOREIGN KEY(updater_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__rejecter_id FOREIGN KEY(rejecter_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__creator_id FOREIGN KEY(creator_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__last_actor_id FOREIGN KEY(last_actor_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__person_subsidiary_id FOREIGN KEY(person_subsidiary_id) REFERENCES subsidiaries (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__deal_subsidiary_id FOREIGN KEY(deal_subsidiary_id) REFERENCES subsidiaries (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__timesheet_id FOREIGN KEY(timesheet_id) REFERENCES timesheets (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__booking_id FOREIGN KEY(booking_id) REFERENCES bookings (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__invoice_attribution_id FOREIGN KEY(invoice_attribution_id) REFERENCES invoice_attributions (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__deal_id FOREIGN KEY(deal_id) REFERENCES deals (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__project_id FOREIGN KEY(project_id) REFERENCES projects (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__company_id FOREIGN KEY(company_id) REFERENCES companies (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__responsible_id FOREIGN KEY(responsible_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entries__invoice_id FOREIGN KEY(invoice_id) REFERENCES invoices (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE approval_statuses (
	id BIGSERIAL NOT NULL, 
	organization_id BIGINT NOT NULL, 
	time_entry_id BIGINT NOT NULL, 
	approver_id BIGINT, 
	approved_at BIGINT, 
	rejected_at BIGINT, 
	note TEXT COLLATE "C", 
	CONSTRAINT pk_approval_statuses PRIMARY KEY (id), 
	CONSTRAINT fk_approval_statuses__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_approval_statuses__time_entry_id FOREIGN KEY(time_entry_id) REFERENCES time_entries (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_approval_statuses__approver_id FOREIGN KEY(approver_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_companies__organization_id_name_folded_id ON companies (organization_id, name_folded, id);

CREATE INDEX ix_subsidiaries__organization_id ON subsidiaries (organization_id);

CREATE INDEX ix_invoices__organization_id ON invoices (organization_id);

CREATE INDEX ix_people__manager_id ON people (manager_id);

CREATE INDEX ix_people__organization_id_name_folded_id ON people (organization_id, name_folded, id);

CREATE INDEX ix_projects__company_id ON projects (company_id);

CREATE INDEX ix_projects__organization_id_name_folded_id ON projects (organization_id, name_folded, id);

CREATE INDEX ix_deals__company_id ON deals (company_id);

CREATE INDEX ix_deals__organization_id_name_folded_id ON deals (organization_id, name_folded, id);

CREATE INDEX ix_deals__project_id ON deals (project_id);

CREATE INDEX ix_deals__responsible_id ON deals (responsible_id);

CREATE INDEX ix_idempotency_keys__created_at ON idempotency_keys (created_at);

CREATE INDEX ix_salaries__organization_id ON salaries (organization_id);

CREATE INDEX ix_salaries__person_id_started_on ON salaries (person_id, started_on);

CREATE INDEX ix_tasks__organization_id_title_folded_id ON tasks (organization_id, title_folded, id);

CREATE INDEX ix_tasks__project_id ON tasks (project_id);

CREATE INDEX ix_time_entry_changes__time_entry_id_id ON time_entry_changes (time_entry_id, id);

CREATE INDEX ix_timesheets__organization_id ON timesheets (organization_id);

CREATE INDEX ix_tokens__person_id ON tokens (person_id);

CREATE INDEX ix_deal_cost_rates__organization_id ON deal_cost_rates (organization_id);

CREATE INDEX ix_invoice_attributions__invoice_id ON invoice_attributions (invoice_id);

CREATE INDEX ix_invoice_attributions__organization_id ON invoice_attributions (organization_id);

CREATE INDEX ix_services__deal_id ON services (deal_id);

CREATE INDEX ix_services__organization_id_name_folded_id ON services (organization_id, name_folded, id);

CREATE INDEX ix_bookings__organization_id ON bookings (organization_id);

CREATE INDEX ix_bookings__person_id ON bookings (person_id);

CREATE INDEX ix_time_entries__date_desc ON time_entries (organization_id, date DESC, id);

CREATE INDEX ix_time_entries__jira_issue_id_desc ON time_entries (organization_id, jira_issue_id DESC NULLS LAST, id);

CREATE INDEX ix_time_entries__jira_issue_status_desc ON time_entries (organization_id, jira_issue_status DESC NULLS LAST, id);

CREATE INDEX ix_time_entries__jira_issue_summary_desc ON time_entries (organization_id, jira_issue_summary DESC NULLS LAST, id);

CREATE INDEX ix_time_entries__organization_id_approved_at_id ON time_entries (organization_id, approved_at, id);

CREATE INDEX ix_time_entries__organization_id_approver_id_id ON time_entries (organization_id, approver_id, id);

CREATE INDEX ix_time_entries__organization_id_autotracked_id ON time_entries (organization_id, autotracked, id);

CREATE INDEX ix_time_entries__organization_id_billing_type_id_id ON time_entries (organization_id, billing_type_id, id);

CREATE INDEX ix_time_entries__organization_id_booking_id_id ON time_entries (organization_id, booking_id, id);

CREATE INDEX ix_time_entries__organization_id_company_id_date_id ON time_entries (organization_id, company_id, date, id);

CREATE INDEX ix_time_entries__organization_id_creator_id_date_id ON time_entries (organization_id, creator_id, date, id);

CREATE INDEX ix_time_entries__organization_id_date_id ON time_entries (organization_id, date, id);

CREATE INDEX ix_time_entries__organization_id_deal_id_date_id ON time_entries (organization_id, deal_id, date, id);

CREATE INDEX ix_time_entries__organization_id_id_date ON time_entries (organization_id, id, date);

CREATE INDEX ix_time_entries__organization_id_invoice_attribution_id_id ON time_entries (organization_id, invoice_attribution_id, id);

CREATE INDEX ix_time_entries__organization_id_invoice_id_id ON time_entries (organization_id, invoice_id, id);

CREATE INDEX ix_time_entries__organization_id_invoicing_status_id_date_id ON time_entries (organization_id, invoicing_status_id, date, id);

CREATE INDEX ix_time_entries__organization_id_invoicing_status_id_id ON time_entries (organization_id, invoicing_status_id, id);

CREATE INDEX ix_time_entries__organization_id_jira_issue_id_id ON time_entries (organization_id, jira_issue_id, id);

CREATE INDEX ix_time_entries__organization_id_jira_issue_status_id ON time_entries (organization_id, jira_issue_status, id);

CREATE INDEX ix_time_entries__organization_id_jira_issue_summary_id ON time_entries (organization_id, jira_issue_summary, id);

CREATE INDEX ix_time_entries__organization_id_jira_worklog_id_id ON time_entries (organization_id, jira_worklog_id, id);

CREATE INDEX ix_time_entries__organization_id_last_activity_at_id ON time_entries (organization_id, last_activity_at, id);

CREATE INDEX ix_time_entries__organization_id_last_actor_id_id ON time_entries (organization_id, last_actor_id, id);

CREATE INDEX ix_time_entries__organization_id_person_id_date_id ON time_entries (organization_id, person_id, date, id);

CREATE INDEX ix_time_entries__organization_id_project_id_date_id ON time_entries (organization_id, project_id, date, id);

CREATE INDEX ix_time_entries__organization_id_responsible_id_date_id ON time_entries (organization_id, responsible_id, date, id);

CREATE INDEX ix_time_entries__organization_id_service_id_date_id ON time_entries (organization_id, service_id, date, id);

CREATE INDEX ix_time_entries__organization_id_started_at_id ON time_entries (organization_id, started_at, id);

CREATE INDEX ix_time_entries__organization_id_status_id_date_id ON time_entries (organization_id, status_id, date, id);

CREATE INDEX ix_time_entries__organization_id_task_id_id ON time_entries (organization_id, task_id, id);

CREATE INDEX ix_time_entries__organization_id_time_id ON time_entries (organization_id, time, id);

CREATE INDEX ix_time_entries__organization_id_track_method_id_id ON time_entries (organization_id, track_method_id, id);

CREATE INDEX ix_time_entries__organization_id_updated_at_id ON time_entries (organization_id, updated_at, id);

CREATE INDEX ix_time_entries__person_id ON time_entries (person_id);

CREATE INDEX ix_time_entries__running_timer ON time_entries (person_id) WHERE timer_started_at IS NOT NULL;

CREATE INDEX ix_time_entries__service_id ON time_entries (service_id);

CREATE INDEX ix_time_entries__task_id_time ON time_entries (task_id, time);

CREATE INDEX ix_time_entries__timesheet_id ON time_entries (timesheet_id);

CREATE INDEX ix_time_entries__updated_at_desc ON time_entries (organization_id, updated_at DESC, id);

CREATE INDEX ix_approval_statuses__time_entry_id ON approval_statuses (time_entry_id);

INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) SELECT e.organization_id, 3, coalesce(e.project_id, 0), e.person_id, date_trunc('month', e.date)::date, e.currency, sum(1), sum(e.time), sum(e.billable_time), sum((e.cost_unrounded >> 24)), sum((e.cost_unrounded & 16777215)), sum((e.cost_default_unrounded >> 24)), sum((e.cost_default_unrounded & 16777215)) FROM time_entries e GROUP BY e.organization_id, coalesce(e.project_id, 0), e.person_id, date_trunc('month', e.date)::date, e.currency;

INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) SELECT organization_id, 0, 0, 0, month, currency, sum(entries), sum(time), sum(billable_time), sum(cost_high), sum(cost_low), sum(cost_default_high), sum(cost_default_low) FROM time_entry_months WHERE level = 3 GROUP BY organization_id, month, currency;

INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) SELECT organization_id, 1, 0, person_id, month, currency, sum(entries), sum(time), sum(billable_time), sum(cost_high), sum(cost_low), sum(cost_default_high), sum(cost_default_low) FROM time_entry_months WHERE level = 3 GROUP BY organization_id, person_id, month, currency;

INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) SELECT organization_id, 2, project_id, 0, month, currency, sum(entries), sum(time), sum(billable_time), sum(cost_high), sum(cost_low), sum(cost_default_high), sum(cost_default_low) FROM time_entry_months WHERE level = 3 GROUP BY organization_id, project_id, month, currency;

CREATE FUNCTION time_entry_months_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) SELECT organization_id, level, project_id, person_id, month, currency, sum(entries), sum(time), sum(billable_time), sum(cost_high), sum(cost_low), sum(cost_default_high), sum(cost_default_low) FROM (SELECT e.organization_id, 0 AS level, 0 AS project_id, 0 AS person_id, date_trunc('month', e.date)::date AS month, e.currency, 1 * 1 AS entries, 1 * e.time AS time, 1 * e.billable_time AS billable_time, 1 * (e.cost_unrounded >> 24) AS cost_high, 1 * (e.cost_unrounded & 16777215) AS cost_low, 1 * (e.cost_default_unrounded >> 24) AS cost_default_high, 1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM added e UNION ALL SELECT e.organization_id, 1 AS level, 0 AS project_id, e.person_id AS person_id, date_trunc('month', e.date)::date AS month, e.currency, 1 * 1 AS entries, 1 * e.time AS time, 1 * e.billable_time AS billable_time, 1 * (e.cost_unrounded >> 24) AS cost_high, 1 * (e.cost_unrounded & 16777215) AS cost_low, 1 * (e.cost_default_unrounded >> 24) AS cost_default_high, 1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM added e UNION ALL SELECT e.organization_id, 2 AS level, coalesce(e.project_id, 0) AS project_id, 0 AS person_id, date_trunc('month', e.date)::date AS month, e.currency, 1 * 1 AS entries, 1 * e.time AS time, 1 * e.billable_time AS billable_time, 1 * (e.cost_unrounded >> 24) AS cost_high, 1 * (e.cost_unrounded & 16777215) AS cost_low, 1 * (e.cost_default_unrounded >> 24) AS cost_default_high, 1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM added e UNION ALL SELECT e.organization_id, 3 AS level, coalesce(e.project_id, 0) AS project_id, e.person_id AS person_id, date_trunc('month', e.date)::date AS month, e.currency, 1 * 1 AS entries, 1 * e.time AS time, 1 * e.billable_time AS billable_time, 1 * (e.cost_unrounded >> 24) AS cost_high, 1 * (e.cost_unrounded & 16777215) AS cost_low, 1 * (e.cost_default_unrounded >> 24) AS cost_default_high, 1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM added e) AS changed GROUP BY organization_id, level, project_id, person_id, month, currency HAVING sum(entries) <> 0 OR sum(time) <> 0 OR sum(billable_time) <> 0 OR sum(cost_high) <> 0 OR sum(cost_low) <> 0 OR sum(cost_default_high) <> 0 OR sum(cost_default_low) <> 0 ORDER BY organization_id, level, project_id, person_id, month, currency ON CONFLICT (organization_id, level, project_id, person_id, month, currency) DO UPDATE SET entries = time_entry_months.entries + excluded.entries, time = time_entry_months.time + excluded.time, billable_time = time_entry_months.billable_time + excluded.billable_time, cost_high = time_entry_months.cost_high + excluded.cost_high, cost_low = time_entry_months.cost_low + excluded.cost_low, cost_default_high = time_entry_months.cost_default_high + excluded.cost_default_high, cost_default_low = time_entry_months.cost_default_low + excluded.cost_default_low; RETURN NULL; END $$;

CREATE TRIGGER time_entry_months_insert AFTER INSERT ON time_entries REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION time_entry_months_insert();

CREATE FUNCTION time_entry_months_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) SELECT organization_id, level, project_id, person_id, month, currency, sum(entries), sum(time), sum(billable_time), sum(cost_high), sum(cost_low), sum(cost_default_high), sum(cost_default_low) FROM (SELECT e.organization_id, 0 AS level, 0 AS project_id, 0 AS person_id, date_trunc('month', e.date)::date AS month, e.currency, -1 * 1 AS entries, -1 * e.time AS time, -1 * e.billable_time AS billable_time, -1 * (e.cost_unrounded >> 24) AS cost_high, -1 * (e.cost_unrounded & 16777215) AS cost_low, -1 * (e.cost_default_unrounded >> 24) AS cost_default_high, -1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM removed e UNION ALL SELECT e.organization_id, 1 AS level, 0 AS project_id, e.person_id AS person_id, date_trunc('month', e.date)::date AS month, e.currency, -1 * 1 AS entries, -1 * e.time AS time, -1 * e.billable_time AS billable_time, -1 * (e.cost_unrounded >> 24) AS cost_high, -1 * (e.cost_unrounded & 16777215) AS cost_low, -1 * (e.cost_default_unrounded >> 24) AS cost_default_high, -1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM removed e UNION ALL SELECT e.organization_id, 2 AS level, coalesce(e.project_id, 0) AS project_id, 0 AS person_id, date_trunc('month', e.date)::date AS month, e.currency, -1 * 1 AS entries, -1 * e.time AS time, -1 * e.billable_time AS billable_time, -1 * (e.cost_unrounded >> 24) AS cost_high, -1 * (e.cost_unrounded & 16777215) AS cost_low, -1 * (e.cost_default_unrounded >> 24) AS cost_default_high, -1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM removed e UNION ALL SELECT e.organization_id, 3 AS level, coalesce(e.project_id, 0) AS project_id, e.person_id AS person_id, date_trunc('month', e.date)::date AS month, e.currency, -1 * 1 AS entries, -1 * e.time AS time, -1 * e.billable_time AS billable_time, -1 * (e.cost_unrounded >> 24) AS cost_high, -1 * (e.cost_unrounded & 16777215) AS cost_low, -1 * (e.cost_default_unrounded >> 24) AS cost_default_high, -1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM removed e) AS changed GROUP BY organization_id, level, project_id, person_id, month, currency HAVING sum(entries) <> 0 OR sum(time) <> 0 OR sum(billable_time) <> 0 OR sum(cost_high) <> 0 OR sum(cost_low) <> 0 OR sum(cost_default_high) <> 0 OR sum(cost_default_low) <> 0 ORDER BY organization_id, level, project_id, person_id, month, currency ON CONFLICT (organization_id, level, project_id, person_id, month, currency) DO UPDATE SET entries = time_entry_months.entries + excluded.entries, time = time_entry_months.time + excluded.time, billable_time = time_entry_months.billable_time + excluded.billable_time, cost_high = time_entry_months.cost_high + excluded.cost_high, cost_low = time_entry_months.cost_low + excluded.cost_low, cost_default_high = time_entry_months.cost_default_high + excluded.cost_default_high, cost_default_low = time_entry_months.cost_default_low + excluded.cost_default_low; RETURN NULL; END $$;

CREATE TRIGGER time_entry_months_delete AFTER DELETE ON time_entries REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION time_entry_months_delete();

CREATE FUNCTION time_entry_months_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) SELECT organization_id, level, project_id, person_id, month, currency, sum(entries), sum(time), sum(billable_time), sum(cost_high), sum(cost_low), sum(cost_default_high), sum(cost_default_low) FROM (SELECT e.organization_id, 0 AS level, 0 AS project_id, 0 AS person_id, date_trunc('month', e.date)::date AS month, e.currency, 1 * 1 AS entries, 1 * e.time AS time, 1 * e.billable_time AS billable_time, 1 * (e.cost_unrounded >> 24) AS cost_high, 1 * (e.cost_unrounded & 16777215) AS cost_low, 1 * (e.cost_default_unrounded >> 24) AS cost_default_high, 1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM added e UNION ALL SELECT e.organization_id, 1 AS level, 0 AS project_id, e.person_id AS person_id, date_trunc('month', e.date)::date AS month, e.currency, 1 * 1 AS entries, 1 * e.time AS time, 1 * e.billable_time AS billable_time, 1 * (e.cost_unrounded >> 24) AS cost_high, 1 * (e.cost_unrounded & 16777215) AS cost_low, 1 * (e.cost_default_unrounded >> 24) AS cost_default_high, 1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM added e UNION ALL SELECT e.organization_id, 2 AS level, coalesce(e.project_id, 0) AS project_id, 0 AS person_id, date_trunc('month', e.date)::date AS month, e.currency, 1 * 1 AS entries, 1 * e.time AS time, 1 * e.billable_time AS billable_time, 1 * (e.cost_unrounded >> 24) AS cost_high, 1 * (e.cost_unrounded & 16777215) AS cost_low, 1 * (e.cost_default_unrounded >> 24) AS cost_default_high, 1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM added e UNION ALL SELECT e.organization_id, 3 AS level, coalesce(e.project_id, 0) AS project_id, e.person_id AS person_id, date_trunc('month', e.date)::date AS month, e.currency, 1 * 1 AS entries, 1 * e.time AS time, 1 * e.billable_time AS billable_time, 1 * (e.cost_unrounded >> 24) AS cost_high, 1 * (e.cost_unrounded & 16777215) AS cost_low, 1 * (e.cost_default_unrounded >> 24) AS cost_default_high, 1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM added e UNION ALL SELECT e.organization_id, 0 AS level, 0 AS project_id, 0 AS person_id, date_trunc('month', e.date)::date AS month, e.currency, -1 * 1 AS entries, -1 * e.time AS time, -1 * e.billable_time AS billable_time, -1 * (e.cost_unrounded >> 24) AS cost_high, -1 * (e.cost_unrounded & 16777215) AS cost_low, -1 * (e.cost_default_unrounded >> 24) AS cost_default_high, -1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM removed e UNION ALL SELECT e.organization_id, 1 AS level, 0 AS project_id, e.person_id AS person_id, date_trunc('month', e.date)::date AS month, e.currency, -1 * 1 AS entries, -1 * e.time AS time, -1 * e.billable_time AS billable_time, -1 * (e.cost_unrounded >> 24) AS cost_high, -1 * (e.cost_unrounded & 16777215) AS cost_low, -1 * (e.cost_default_unrounded >> 24) AS cost_default_high, -1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM removed e UNION ALL SELECT e.organization_id, 2 AS level, coalesce(e.project_id, 0) AS project_id, 0 AS person_id, date_trunc('month', e.date)::date AS month, e.currency, -1 * 1 AS entries, -1 * e.time AS time, -1 * e.billable_time AS billable_time, -1 * (e.cost_unrounded >> 24) AS cost_high, -1 * (e.cost_unrounded & 16777215) AS cost_low, -1 * (e.cost_default_unrounded >> 24) AS cost_default_high, -1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM removed e UNION ALL SELECT e.organization_id, 3 AS level, coalesce(e.project_id, 0) AS project_id, e.person_id AS person_id, date_trunc('month', e.date)::date AS month, e.currency, -1 * 1 AS entries, -1 * e.time AS time, -1 * e.billable_time AS billable_time, -1 * (e.cost_unrounded >> 24) AS cost_high, -1 * (e.cost_unrounded & 16777215) AS cost_low, -1 * (e.cost_default_unrounded >> 24) AS cost_default_high, -1 * (e.cost_default_unrounded & 16777215) AS cost_default_low FROM removed e) AS changed GROUP BY organization_id, level, project_id, person_id, month, currency HAVING sum(entries) <> 0 OR sum(time) <> 0 OR sum(billable_time) <> 0 OR sum(cost_high) <> 0 OR sum(cost_low) <> 0 OR sum(cost_default_high) <> 0 OR sum(cost_default_low) <> 0 ORDER BY organization_id, level, project_id, person_id, month, currency ON CONFLICT (organization_id, level, project_id, person_id, month, currency) DO UPDATE SET entries = time_entry_months.entries + excluded.entries, time = time_entry_months.time + excluded.time, billable_time = time_entry_months.billable_time + excluded.billable_time, cost_high = time_entry_months.cost_high + excluded.cost_high, cost_low = time_entry_months.cost_low + excluded.cost_low, cost_default_high = time_entry_months.cost_default_high + excluded.cost_default_high, cost_default_low = time_entry_months.cost_default_low + excluded.cost_default_low; RETURN NULL; END $$;

CREATE TRIGGER time_entry_months_update AFTER UPDATE ON time_entries REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION time_entry_months_update();

