CREATE TABLE organizations (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	time_zone TEXT NOT NULL, 
	timesheet_submission BOOLEAN NOT NULL, 
	lock_approved BOOLEAN NOT NULL, 
	reporting_currency TEXT, 
	rounding_method VARCHAR(10) NOT NULL, 
	rounding_interval SMALLINT NOT NULL, 
	internal_overhead_per_hour BIGINT NOT NULL, 
	facility_overhead_per_hour BIGINT NOT NULL, 
	CONSTRAINT ck_organizations__rounding_method_known CHECK (rounding_method IN ('none', 'nearest', 'up', 'down')), 
	CONSTRAINT ck_organizations__rounding_interval_known CHECK (rounding_interval IN (6, 15, 30))
);

CREATE TABLE time_entry_months (
	organization_id BIGINT NOT NULL, 
	level SMALLINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	month DATE NOT NULL, 
	currency TEXT NOT NULL, 
	entries BIGINT NOT NULL, 
	time BIGINT NOT NULL, 
	billable_time BIGINT NOT NULL, 
	cost_high BIGINT NOT NULL, 
	cost_low BIGINT NOT NULL, 
	cost_default_high BIGINT NOT NULL, 
	cost_default_low BIGINT NOT NULL, 
	CONSTRAINT pk_time_entry_months PRIMARY KEY (organization_id, level, project_id, person_id, month, currency)
)
 WITHOUT ROWID;

CREATE TABLE change_counters (
	organization_id BIGINT NOT NULL, 
	last_id BIGINT NOT NULL, 
	CONSTRAINT pk_change_counters PRIMARY KEY (organization_id), 
	CONSTRAINT fk_change_counters__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE companies (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	name TEXT NOT NULL, 
	name_folded TEXT NOT NULL, 
	CONSTRAINT fk_companies__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE exchange_rates (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	from_currency TEXT NOT NULL, 
	to_currency TEXT NOT NULL, 
	rate TEXT NOT NULL, 
	date DATE NOT NULL, 
	CONSTRAINT uq_exchange_rates__organization_id_from_currency_to_currency_date UNIQUE (organization_id, from_currency, to_currency, date), 
	CONSTRAINT fk_exchange_rates__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE subsidiaries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	name TEXT NOT NULL, 
	CONSTRAINT fk_subsidiaries__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE invoices (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	company_id BIGINT, 
	number TEXT, 
	finalized_on DATE, 
	CONSTRAINT fk_invoices__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_invoices__company_id FOREIGN KEY(company_id) REFERENCES companies (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE people (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	subsidiary_id BIGINT, 
	manager_id BIGINT, 
	first_name TEXT NOT NULL, 
	last_name TEXT NOT NULL, 
	name_folded TEXT NOT NULL, 
	email TEXT, 
	title TEXT, 
	role VARCHAR(10) NOT NULL, 
	can_see_costs BOOLEAN NOT NULL, 
	CONSTRAINT ck_people__role_known CHECK (role IN ('ADMIN', 'MANAGER', 'MEMBER')), 
	CONSTRAINT fk_people__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_people__subsidiary_id FOREIGN KEY(subsidiary_id) REFERENCES subsidiaries (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_people__manager_id FOREIGN KEY(manager_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE projects (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	company_id BIGINT, 
	name TEXT NOT NULL, 
	name_folded TEXT NOT NULL, 
	number TEXT, 
	CONSTRAINT fk_projects__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_projects__company_id FOREIGN KEY(company_id) REFERENCES companies (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE deals (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	project_id BIGINT, 
	company_id BIGINT, 
	responsible_id BIGINT, 
	subsidiary_id BIGINT, 
	name TEXT NOT NULL, 
	name_folded TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	budget BOOLEAN NOT NULL, 
	deal_type_id SMALLINT NOT NULL, 
	time_approval BOOLEAN NOT NULL, 
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
	"key" TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	time_entry_id BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (person_id, field, "key"), 
	CONSTRAINT fk_idempotency_keys__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE salaries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	cost BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	overhead BOOLEAN NOT NULL, 
	started_on DATE NOT NULL, 
	ended_on DATE, 
	CONSTRAINT fk_salaries__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_salaries__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE tasks (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	project_id BIGINT, 
	title TEXT NOT NULL, 
	title_folded TEXT NOT NULL, 
	number TEXT, 
	initial_estimate BIGINT, 
	remaining_time BIGINT, 
	closed BOOLEAN NOT NULL, 
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
	"before" TEXT, 
	"after" TEXT, 
	CONSTRAINT pk_time_entry_changes PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_time_entry_changes__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_time_entry_changes__actor_id FOREIGN KEY(actor_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE timesheets (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	creator_id BIGINT, 
	date DATE NOT NULL, 
	created_at BIGINT NOT NULL, 
	imported BOOLEAN NOT NULL, 
	CONSTRAINT uq_timesheets__person_id_date UNIQUE (person_id, date), 
	CONSTRAINT fk_timesheets__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_timesheets__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_timesheets__creator_id FOREIGN KEY(creator_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE tokens (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	name TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	revoked_at BIGINT, 
	last_used_at BIGINT, 
	CONSTRAINT fk_tokens__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_tokens__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_tokens__digest UNIQUE (digest)
);

CREATE TABLE deal_cost_rates (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	deal_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	cost BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	CONSTRAINT uq_deal_cost_rates__deal_id_person_id UNIQUE (deal_id, person_id), 
	CONSTRAINT fk_deal_cost_rates__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_deal_cost_rates__deal_id FOREIGN KEY(deal_id) REFERENCES deals (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_deal_cost_rates__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE invoice_attributions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	invoice_id BIGINT NOT NULL, 
	deal_id BIGINT, 
	amount BIGINT NOT NULL, 
	CONSTRAINT fk_invoice_attributions__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_invoice_attributions__invoice_id FOREIGN KEY(invoice_id) REFERENCES invoices (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_invoice_attributions__deal_id FOREIGN KEY(deal_id) REFERENCES deals (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE services (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	deal_id BIGINT NOT NULL, 
	name TEXT NOT NULL, 
	name_folded TEXT NOT NULL, 
	billing_type_id SMALLINT NOT NULL, 
	CONSTRAINT ck_services__billing_type_id_known CHECK (billing_type_id IN (1, 2, 3)), 
	CONSTRAINT fk_services__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_services__deal_id FOREIGN KEY(deal_id) REFERENCES deals (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE bookings (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	service_id BIGINT, 
	started_on DATE NOT NULL, 
	ended_on DATE NOT NULL, 
	autotracking BOOLEAN NOT NULL, 
	CONSTRAINT fk_bookings__organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_bookings__person_id FOREIGN KEY(person_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_bookings__service_id FOREIGN KEY(service_id) REFERENCES services (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE time_entries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
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
	status_id SMALLINT NOT NULL GENERATED ALWAYS AS (CASE WHEN approved THEN 1 WHEN rejected THEN 3 ELSE 2 END) STORED, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	last_activity_at BIGINT NOT NULL, 
	started_at BIGINT, 
	timer_started_at BIGINT, 
	timer_stopped_at BIGINT, 
	approved_at BIGINT, 
	rejected_at BIGINT, 
	calendar_event_id BIGINT, 
	note TEXT, 
	rejected_reason TEXT, 
	jira_issue_id TEXT, 
	jira_issue_status TEXT, 
	jira_issue_summary TEXT, 
	jira_worklog_id TEXT, 
	jira_organization TEXT, 
	jira_issue_id_folded TEXT, 
	jira_issue_status_folded TEXT, 
	jira_issue_summary_folded TEXT, 
	jira_worklog_id_folded TEXT, 
	currency TEXT NOT NULL, 
	currency_default TEXT NOT NULL, 
	currency_normalized TEXT NOT NULL, 
	rates TEXT, 
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
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id BIGINT NOT NULL, 
	time_entry_id BIGINT NOT NULL, 
	approver_id BIGINT, 
	approved_at BIGINT, 
	rejected_at BIGINT, 
	note TEXT, 
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

CREATE INDEX ix_time_entries__jira_issue_id_desc ON time_entries (organization_id, jira_issue_id DESC, id);

CREATE INDEX ix_time_entries__jira_issue_status_desc ON time_entries (organization_id, jira_issue_status DESC, id);

CREATE INDEX ix_time_entries__jira_issue_summary_desc ON time_entries (organization_id, jira_issue_summary DESC, id);

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

INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) SELECT e.organization_id, 3, coalesce(e.project_id, 0), e.person_id, date(e.date, 'start of month'), e.currency, sum(1), sum(e.time), sum(e.billable_time), sum((e.cost_unrounded >> 24)), sum((e.cost_unrounded & 16777215)), sum((e.cost_default_unrounded >> 24)), sum((e.cost_default_unrounded & 16777215)) FROM time_entries e GROUP BY e.organization_id, coalesce(e.project_id, 0), e.person_id, date(e.date, 'start of month'), e.currency;

INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) SELECT organization_id, 0, 0, 0, month, currency, sum(entries), sum(time), sum(billable_time), sum(cost_high), sum(cost_low), sum(cost_default_high), sum(cost_default_low) FROM time_entry_months WHERE level = 3 GROUP BY organization_id, month, currency;

INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) SELECT organization_id, 1, 0, person_id, month, currency, sum(entries), sum(time), sum(billable_time), sum(cost_high), sum(cost_low), sum(cost_default_high), sum(cost_default_low) FROM time_entry_months WHERE level = 3 GROUP BY organization_id, person_id, month, currency;

INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) SELECT organization_id, 2, project_id, 0, month, currency, sum(entries), sum(time), sum(billable_time), sum(cost_high), sum(cost_low), sum(cost_default_high), sum(cost_default_low) FROM time_entry_months WHERE level = 3 GROUP BY organization_id, project_id, month, currency;

CREATE TRIGGER time_entry_months_insert AFTER INSERT ON time_entries FOR EACH ROW BEGIN INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) VALUES (NEW.organization_id, 0, 0, 0, date(NEW.date, 'start of month'), NEW.currency, 1 * 1, 1 * NEW.time, 1 * NEW.billable_time, 1 * (NEW.cost_unrounded >> 24), 1 * (NEW.cost_unrounded & 16777215), 1 * (NEW.cost_default_unrounded >> 24), 1 * (NEW.cost_default_unrounded & 16777215)), (NEW.organization_id, 1, 0, NEW.person_id, date(NEW.date, 'start of month'), NEW.currency, 1 * 1, 1 * NEW.time, 1 * NEW.billable_time, 1 * (NEW.cost_unrounded >> 24), 1 * (NEW.cost_unrounded & 16777215), 1 * (NEW.cost_default_unrounded >> 24), 1 * (NEW.cost_default_unrounded & 16777215)), (NEW.organization_id, 2, coalesce(NEW.project_id, 0), 0, date(NEW.date, 'start of month'), NEW.currency, 1 * 1, 1 * NEW.time, 1 * NEW.billable_time, 1 * (NEW.cost_unrounded >> 24), 1 * (NEW.cost_unrounded & 16777215), 1 * (NEW.cost_default_unrounded >> 24), 1 * (NEW.cost_default_unrounded & 16777215)), (NEW.organization_id, 3, coalesce(NEW.project_id, 0), NEW.person_id, date(NEW.date, 'start of month'), NEW.currency, 1 * 1, 1 * NEW.time, 1 * NEW.billable_time, 1 * (NEW.cost_unrounded >> 24), 1 * (NEW.cost_unrounded & 16777215), 1 * (NEW.cost_default_unrounded >> 24), 1 * (NEW.cost_default_unrounded & 16777215)) ON CONFLICT (organization_id, level, project_id, person_id, month, currency) DO UPDATE SET entries = time_entry_months.entries + excluded.entries, time = time_entry_months.time + excluded.time, billable_time = time_entry_months.billable_time + excluded.billable_time, cost_high = time_entry_months.cost_high + excluded.cost_high, cost_low = time_entry_months.cost_low + excluded.cost_low, cost_default_high = time_entry_months.cost_default_high + excluded.cost_default_high, cost_default_low = time_entry_months.cost_default_low + excluded.cost_default_low; END;

CREATE TRIGGER time_entry_months_delete AFTER DELETE ON time_entries FOR EACH ROW BEGIN INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) VALUES (OLD.organization_id, 0, 0, 0, date(OLD.date, 'start of month'), OLD.currency, -1 * 1, -1 * OLD.time, -1 * OLD.billable_time, -1 * (OLD.cost_unrounded >> 24), -1 * (OLD.cost_unrounded & 16777215), -1 * (OLD.cost_default_unrounded >> 24), -1 * (OLD.cost_default_unrounded & 16777215)), (OLD.organization_id, 1, 0, OLD.person_id, date(OLD.date, 'start of month'), OLD.currency, -1 * 1, -1 * OLD.time, -1 * OLD.billable_time, -1 * (OLD.cost_unrounded >> 24), -1 * (OLD.cost_unrounded & 16777215), -1 * (OLD.cost_default_unrounded >> 24), -1 * (OLD.cost_default_unrounded & 16777215)), (OLD.organization_id, 2, coalesce(OLD.project_id, 0), 0, date(OLD.date, 'start of month'), OLD.currency, -1 * 1, -1 * OLD.time, -1 * OLD.billable_time, -1 * (OLD.cost_unrounded >> 24), -1 * (OLD.cost_unrounded & 16777215), -1 * (OLD.cost_default_unrounded >> 24), -1 * (OLD.cost_default_unrounded & 16777215)), (OLD.organization_id, 3, coalesce(OLD.project_id, 0), OLD.person_id, date(OLD.date, 'start of month'), OLD.currency, -1 * 1, -1 * OLD.time, -1 * OLD.billable_time, -1 * (OLD.cost_unrounded >> 24), -1 * (OLD.cost_unrounded & 16777215), -1 * (OLD.cost_default_unrounded >> 24), -1 * (OLD.cost_default_unrounded & 16777215)) ON CONFLICT (organization_id, level, project_id, person_id, month, currency) DO UPDATE SET entries = time_entry_months.entries + excluded.entries, time = time_entry_months.time + excluded.time, billable_time = time_entry_months.billable_time + excluded.billable_time, cost_high = time_entry_months.cost_high + excluded.cost_high, cost_low = time_entry_months.cost_low + excluded.cost_low, cost_default_high = time_entry_months.cost_default_high + excluded.cost_default_high, cost_default_low = time_entry_months.cost_default_low + excluded.cost_default_low; END;

CREATE TRIGGER time_entry_months_update AFTER UPDATE OF organization_id, person_id, project_id, date, currency, time, billable_time, cost_unrounded, cost_default_unrounded ON time_entries FOR EACH ROW WHEN OLD.organization_id IS NOT NEW.organization_id OR OLD.person_id IS NOT NEW.person_id OR OLD.project_id IS NOT NEW.project_id OR OLD.date IS NOT NEW.date OR OLD.currency IS NOT NEW.currency OR OLD.time IS NOT NEW.time OR OLD.billable_time IS NOT NEW.billable_time OR OLD.cost_unrounded IS NOT NEW.cost_unrounded OR OLD.cost_default_unrounded IS NOT NEW.cost_default_unrounded BEGIN INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) VALUES (OLD.organization_id, 0, 0, 0, date(OLD.date, 'start of month'), OLD.currency, -1 * 1, -1 * OLD.time, -1 * OLD.billable_time, -1 * (OLD.cost_unrounded >> 24), -1 * (OLD.cost_unrounded & 16777215), -1 * (OLD.cost_default_unrounded >> 24), -1 * (OLD.cost_default_unrounded & 16777215)), (OLD.organization_id, 1, 0, OLD.person_id, date(OLD.date, 'start of month'), OLD.currency, -1 * 1, -1 * OLD.time, -1 * OLD.billable_time, -1 * (OLD.cost_unrounded >> 24), -1 * (OLD.cost_unrounded & 16777215), -1 * (OLD.cost_default_unrounded >> 24), -1 * (OLD.cost_default_unrounded & 16777215)), (OLD.organization_id, 2, coalesce(OLD.project_id, 0), 0, date(OLD.date, 'start of month'), OLD.currency, -1 * 1, -1 * OLD.time, -1 * OLD.billable_time, -1 * (OLD.cost_unrounded >> 24), -1 * (OLD.cost_unrounded & 16777215), -1 * (OLD.cost_default_unrounded >> 24), -1 * (OLD.cost_default_unrounded & 16777215)), (OLD.organization_id, 3, coalesce(OLD.project_id, 0), OLD.person_id, date(OLD.date, 'start of month'), OLD.currency, -1 * 1, -1 * OLD.time, -1 * OLD.billable_time, -1 * (OLD.cost_unrounded >> 24), -1 * (OLD.cost_unrounded & 16777215), -1 * (OLD.cost_default_unrounded >> 24), -1 * (OLD.cost_default_unrounded & 16777215)) ON CONFLICT (organization_id, level, project_id, person_id, month, currency) DO UPDATE SET entries = time_entry_months.entries + excluded.entries, time = time_entry_months.time + excluded.time, billable_time = time_entry_months.billable_time + excluded.billable_time, cost_high = time_entry_months.cost_high + excluded.cost_high, cost_low = time_entry_months.cost_low + excluded.cost_low, cost_default_high = time_entry_months.cost_default_high + excluded.cost_default_high, cost_default_low = time_entry_months.cost_default_low + excluded.cost_default_low; INSERT INTO time_entry_months (organization_id, level, project_id, person_id, month, currency, entries, time, billable_time, cost_high, cost_low, cost_default_high, cost_default_low) VALUES (NEW.organization_id, 0, 0, 0, date(NEW.date, 'start of month'), NEW.currency, 1 * 1, 1 * NEW.time, 1 * NEW.billable_time, 1 * (NEW.cost_unrounded >> 24), 1 * (NEW.cost_unrounded & 16777215), 1 * (NEW.cost_default_unrounded >> 24), 1 * (NEW.cost_default_unrounded & 16777215)), (NEW.organization_id, 1, 0, NEW.person_id, date(NEW.date, 'start of month'), NEW.currency, 1 * 1, 1 * NEW.time, 1 * NEW.billable_time, 1 * (NEW.cost_unrounded >> 24), 1 * (NEW.cost_unrounded & 16777215), 1 * (NEW.cost_default_unrounded >> 24), 1 * (NEW.cost_default_unrounded & 16777215)), (NEW.organization_id, 2, coalesce(NEW.project_id, 0), 0, date(NEW.date, 'start of month'), NEW.currency, 1 * 1, 1 * NEW.time, 1 * NEW.billable_time, 1 * (NEW.cost_unrounded >> 24), 1 * (NEW.cost_unrounded & 16777215), 1 * (NEW.cost_default_unrounded >> 24), 1 * (NEW.cost_default_unrounded & 16777215)), (NEW.organization_id, 3, coalesce(NEW.project_id, 0), NEW.person_id, date(NEW.date, 'start of month'), NEW.currency, 1 * 1, 1 * NEW.time, 1 * NEW.billable_time, 1 * (NEW.cost_unrounded >> 24), 1 * (NEW.cost_unrounded & 16777215), 1 * (NEW.cost_default_unrounded >> 24), 1 * (NEW.cost_default_unrounded & 16777215)) ON CONFLICT (organization_id, level, project_id, person_id, month, currency) DO UPDATE SET entries = time_entry_months.entries + excluded.entries, time = time_entry_months.time + excluded.time, billable_time = time_entry_months.billable_time + excluded.billable_time, cost_high = time_entry_months.cost_high + excluded.cost_high, cost_low = time_entry_months.cost_low + excluded.cost_low, cost_default_high = time_entry_months.cost_default_high + excluded.cost_default_high, cost_default_low = time_entry_months.cost_default_low + excluded.cost_default_low; END;

ANALYZE sqlite_schema;

DELETE FROM sqlite_stat1;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__date_desc', '1000000 500000 250 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__jira_issue_id_desc', '1000000 500000 4500 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__jira_issue_status_desc', '1000000 500000 40000 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__jira_issue_summary_desc', '1000000 500000 20000 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_approved_at_id', '1000000 500000 1 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_approver_id_id', '1000000 500000 20000 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_autotracked_id', '1000000 500000 250000 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_billing_type_id_id', '1000000 500000 150000 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_booking_id_id', '1000000 500000 50 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_company_id_date_id', '1000000 500000 4000 2 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_creator_id_date_id', '1000000 500000 4000 2 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_date_id', '1000000 500000 250 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_deal_id_date_id', '1000000 500000 1000 1 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_id_date', '1000000 500000 1 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_invoice_attribution_id_id', '1000000 500000 200 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_invoice_id_id', '1000000 500000 200 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_invoicing_status_id_date_id', '1000000 500000 150000 75 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_invoicing_status_id_id', '1000000 500000 150000 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_jira_issue_id_id', '1000000 500000 4500 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_jira_issue_status_id', '1000000 500000 40000 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_jira_issue_summary_id', '1000000 500000 20000 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_jira_worklog_id_id', '1000000 500000 5 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_last_activity_at_id', '1000000 500000 1 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_last_actor_id_id', '1000000 500000 4000 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_person_id_date_id', '1000000 500000 4000 2 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_project_id_date_id', '1000000 500000 1500 1 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_responsible_id_date_id', '1000000 500000 20000 10 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_service_id_date_id', '1000000 500000 400 1 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_started_at_id', '1000000 500000 5 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_status_id_date_id', '1000000 500000 150000 75 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_task_id_id', '1000000 500000 150 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_time_id', '1000000 500000 25000 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_track_method_id_id', '1000000 500000 150000 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__organization_id_updated_at_id', '1000000 500000 1 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__person_id', '1000000 8000');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__running_timer', '100 1');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__service_id', '1000000 800');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__task_id_time', '1000000 300 15');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__timesheet_id', '1000000 5');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', 'ix_time_entries__updated_at_desc', '1000000 500000 1 1');

ANALYZE sqlite_schema;

