package kind

// Blob is a store of files.
var Blob = Kind{
	Name: "blob", Const: "Blob", Path: Bindings + "/blob", Type: "Bucket", Policies: true,
	Calls: []Call{
		{Name: "Open", Opens: true},
		{Name: "IfAbsent", Ability: "if-absent"},
		{Name: "Bucket.All", Ability: "sorted", Soft: true},
		{Name: "Bucket.List", Ability: "sorted", Soft: true},
		{Name: "Bucket.SignedURL", Ability: "signed-url"},
	},
	Plain: []string{
		"PerTenant", "Wrap", "NewSigning", "Paginate", "ContentType", "Metadata",
		"Bucket.Abilities", "Bucket.Copy", "Bucket.Delete", "Bucket.Get", "Bucket.GetRange",
		"Bucket.Put", "Bucket.ReadAll", "Bucket.Stat", "Bucket.WriteAll",
	},
}

var blobBucket = Type{Kind: &Blob, Path: Bindings + "/blob", Name: "Bucket", Matched: true, Open: "Open", PerTenant: "PerTenant"}
