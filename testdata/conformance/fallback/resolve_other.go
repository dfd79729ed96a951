package fallback

func inOtherFile(value string) (string, error) { return "other file " + value, nil }
