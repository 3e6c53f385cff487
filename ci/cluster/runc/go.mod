module runc

go 1.25
