INSERT INTO change_counters (organization_id, last_id, last_at, stamp) SELECT id, 0, 0, random() FROM organizations WHERE true ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp WHERE change_counters.stamp = 0;

CREATE TRIGGER approval_statuses_stamp_insert AFTER INSERT ON approval_statuses FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER approval_statuses_stamp_update AFTER UPDATE ON approval_statuses FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER approval_statuses_stamp_delete AFTER DELETE ON approval_statuses FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER bookings_stamp_insert AFTER INSERT ON bookings FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER bookings_stamp_update AFTER UPDATE ON bookings FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER bookings_stamp_delete AFTER DELETE ON bookings FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER companies_stamp_insert AFTER INSERT ON companies FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER companies_stamp_update AFTER UPDATE ON companies FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER companies_stamp_delete AFTER DELETE ON companies FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER deal_cost_rates_stamp_insert AFTER INSERT ON deal_cost_rates FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER deal_cost_rates_stamp_update AFTER UPDATE ON deal_cost_rates FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER deal_cost_rates_stamp_delete AFTER DELETE ON deal_cost_rates FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER deals_stamp_insert AFTER INSERT ON deals FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER deals_stamp_update AFTER UPDATE ON deals FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER deals_stamp_delete AFTER DELETE ON deals FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER exchange_rates_stamp_insert AFTER INSERT ON exchange_rates FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER exchange_rates_stamp_update AFTER UPDATE ON exchange_rates FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER exchange_rates_stamp_delete AFTER DELETE ON exchange_rates FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER invoice_attributions_stamp_insert AFTER INSERT ON invoice_attributions FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER invoice_attributions_stamp_update AFTER UPDATE ON invoice_attributions FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER invoice_attributions_stamp_delete AFTER DELETE ON invoice_attributions FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER invoices_stamp_insert AFTER INSERT ON invoices FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER invoices_stamp_update AFTER UPDATE ON invoices FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER invoices_stamp_delete AFTER DELETE ON invoices FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER organizations_stamp_insert AFTER INSERT ON organizations FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER organizations_stamp_update AFTER UPDATE ON organizations FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER people_stamp_insert AFTER INSERT ON people FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER people_stamp_update AFTER UPDATE ON people FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER people_stamp_delete AFTER DELETE ON people FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER projects_stamp_insert AFTER INSERT ON projects FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER projects_stamp_update AFTER UPDATE ON projects FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER projects_stamp_delete AFTER DELETE ON projects FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER salaries_stamp_insert AFTER INSERT ON salaries FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER salaries_stamp_update AFTER UPDATE ON salaries FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER salaries_stamp_delete AFTER DELETE ON salaries FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER services_stamp_insert AFTER INSERT ON services FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER services_stamp_update AFTER UPDATE ON services FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER services_stamp_delete AFTER DELETE ON services FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER subsidiaries_stamp_insert AFTER INSERT ON subsidiaries FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER subsidiaries_stamp_update AFTER UPDATE ON subsidiaries FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER subsidiaries_stamp_delete AFTER DELETE ON subsidiaries FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER tasks_stamp_insert AFTER INSERT ON tasks FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER tasks_stamp_update AFTER UPDATE ON tasks FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER tasks_stamp_delete AFTER DELETE ON tasks FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER time_entries_stamp_insert AFTER INSERT ON time_entries FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER time_entries_stamp_update AFTER UPDATE ON time_entries FOR EACH ROW WHEN NEW.revision = OLD.revision BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER time_entries_stamp_delete AFTER DELETE ON time_entries FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER time_entry_changes_stamp_update AFTER UPDATE ON time_entry_changes FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER time_entry_changes_stamp_delete AFTER DELETE ON time_entry_changes FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER timesheets_stamp_insert AFTER INSERT ON timesheets FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER timesheets_stamp_update AFTER UPDATE ON timesheets FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (NEW.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;

CREATE TRIGGER timesheets_stamp_delete AFTER DELETE ON timesheets FOR EACH ROW BEGIN INSERT INTO change_counters (organization_id, last_id, last_at, stamp) VALUES (OLD.organization_id, 0, 0, random()) ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END;
