CREATE TABLE items (
	sku       TEXT PRIMARY KEY,
	name      TEXT NOT NULL,
	cents     INTEGER NOT NULL CHECK (cents >= 0),
	remaining INTEGER NOT NULL CHECK (remaining >= 0)
);

INSERT INTO items (sku, name, cents, remaining) VALUES
	('mug',  'Mug',       1200, 100),
	('lamp', 'Desk lamp', 4900,  20),
	('vase', 'Vase',      3300,   1);
