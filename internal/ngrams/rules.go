package ngrams

// Rules says in a sentence how texts become ids, for programs in other languages.
const Rules = `id 0 is padding; any other is 1 + h mod buckets, h the 32-bit FNV-1a hash of UTF-8 bytes: of a word, 0x01 and the word; of each n-gram of "<word>", min_n to max_n characters, the n-gram, but the one that is all of it; of a pair of neighbours, 0x02, the first word, a space, the second. A bag begins with the word's id; n-grams follow by where they begin, then by length. Of more than fit, those with the least murmur3-mixed hash stay, in order. N-grams come from the first 100 characters of a word.`
