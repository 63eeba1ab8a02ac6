module example.com/licences

go 1.26.0
