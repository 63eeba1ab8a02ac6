module github.com/chiasm-ml/chiasm/scripts/attack/fair

go 1.26
