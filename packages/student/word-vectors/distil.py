"""Distils a sentence encoder into static word vectors (see README.md beside this file).

    python distil.py --encoder DIR --wordnet DIR --words FILE --out DIR

`--encoder` holds bge-small-en-v1.5.onnx and its tokenizer.json; `--wordnet` the data.* files of WordNet; `--words`
a list of words with their counts.
Needs numpy, scipy, onnxruntime and tokenizers. The vector of a text is the sum of its words' vectors; the words'
vectors are the ridge regression of the encoder's sentence vectors (WordNet's definitions, examples and collocations)
on the words of the sentences, drawn towards what the encoder says of each word alone.
"""

import argparse
import json
import pathlib
import re

import numpy
import onnxruntime
import scipy.sparse
import tokenizers

DIMENSIONS = 64
RIDGE = 1.0
STEPS = 40
SMOOTHING = 1e-3  # of the inverse frequency (Arora et al. 2017)
WORDS = 75_000
CONTRACTION = 3e-4  # a frequent contraction, where the list has none because its source split them


def tokens(text):
    """Words as the student reads them: lower case, no apostrophes inside, no digits."""
    joined = re.sub(r"(?<=[a-z])['’](?=[a-z])", "", text.lower())
    return re.findall(r"[a-z0-9]+", joined)


def sentences(folder):
    found = set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text("latin1").splitlines():
            if line.startswith("  "):
                continue
            head, _, gloss = line.partition(" | ")
            fields = head.split(" ")
            lemmas = [fields[4 + 2 * i].replace("_", " ").split("(")[0] for i in range(int(fields[3], 16))]
            found.add(re.sub(r'"[^"]*"', "", gloss).strip(" ;")[:200])
            found.update(re.findall(r'"([^"]{8,200})"', gloss))
            found.update(lemma for lemma in lemmas if " " in lemma)
            if part != "noun" or len(lemmas) > 1:
                found.add(", ".join(lemmas[:4]))
    return sorted(text for text in found if len(text) > 2)


def contractions():
    subjects = "i you he she it we they that who what where when why how there here".split()
    for subject in subjects:
        for ending in ("'s", "'ll", "'d", "'ve", "'re", "'m"):
            yield subject + ending
    for verb in "do does did is are was were has have had ca could wo would should must need ai".split():
        yield verb + "n't"


def vocabulary(path):
    """The most frequent words of a list of `word<TAB>count` and contractions of them: spelling -> text to encode and
    relative frequency."""
    lines = (line.split("\t") for line in path.read_text("utf8").splitlines())
    counts = {word: float(count) for word, count in lines if re.fullmatch(r"[a-z]+", word)}
    total = sum(counts.values())
    frequent = sorted(counts, key=lambda word: -counts[word])[:WORDS]
    words = {word: (word, counts[word] / total) for word in frequent}
    for text in contractions():
        joined = text.replace("'", "")
        words[joined] = (text, max(counts.get(joined, 0) / total, CONTRACTION))
    return words


class Encoder:
    def __init__(self, folder):
        model = next(folder.glob("*.onnx"))
        self.tokenizer = tokenizers.Tokenizer.from_file(str(next(folder.glob("*tokenizer.json"))))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(64)
        self.session = onnxruntime.InferenceSession(str(model))
        self.inputs = [one.name for one in self.session.get_inputs()]

    def __call__(self, texts, size=128):
        encoded = [one.ids for one in self.tokenizer.encode_batch(texts)]
        order = sorted(range(len(texts)), key=lambda index: len(encoded[index]))
        vectors = None
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            longest = max(len(encoded[index]) for index in batch)
            ids = numpy.zeros((len(batch), longest), numpy.int64)
            mask = numpy.zeros_like(ids)
            for row, index in enumerate(batch):
                ids[row, : len(encoded[index])] = encoded[index]
                mask[row, : len(encoded[index])] = 1
            feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
            hidden = self.session.run(None, {name: feeds[name] for name in self.inputs})[0]
            first = hidden[:, 0] if hidden.ndim == 3 else hidden
            first = first / numpy.linalg.norm(first, axis=1, keepdims=True)
            if vectors is None:
                vectors = numpy.zeros((len(texts), first.shape[1]), numpy.float32)
            vectors[batch] = first
            print(f"\r{start + len(batch)} of {len(order)}", end="", flush=True)
        print()
        return vectors


def regress(texts, targets, words, alone, weight):
    """Minimises |X E - T|² + RIDGE |E - E0|² by conjugate gradients, all dimensions at once."""
    index = {word: at for at, word in enumerate(words)}
    rows, columns, values, kept = [], [], [], []
    for at, text in enumerate(texts):
        found = [index[token] for token in tokens(text) if token in index]
        if not found:
            continue
        shares = weight[found] / weight[found].sum()
        rows += [len(kept)] * len(found)
        columns += found
        values += list(shares)
        kept.append(at)
    mixes = scipy.sparse.csr_matrix((numpy.array(values, numpy.float32), (rows, columns)), (len(kept), len(words)))
    targets = targets[kept] - targets.mean(0)
    alone = alone - alone.mean(0)
    start = mixes @ alone
    vectors = alone * ((start * targets).sum() / (start * start).sum())
    back = mixes.T.tocsr()
    residual = back @ (targets - mixes @ vectors)
    direction = residual.copy()
    size = (residual * residual).sum(0)
    for _ in range(STEPS):
        image = back @ (mixes @ direction) + RIDGE * direction
        step = size / ((direction * image).sum(0) + 1e-12)
        vectors += step * direction
        residual -= step * image
        next_size = (residual * residual).sum(0)
        direction = residual + next_size / (size + 1e-12) * direction
        size = next_size
    print("explained", 1 - ((mixes @ vectors - targets) ** 2).sum() / (targets**2).sum())
    return vectors


def reduce(vectors, weight, frequency):
    """The directions in which texts differ most, and each word weighted by how much it says."""
    share = (weight * frequency)[:, None]
    centred = vectors - (vectors * share).sum(0) / share.sum()
    presence = numpy.sqrt(weight * numpy.clip(frequency, 1e-7, 1e-4))[:, None]
    directions = numpy.linalg.svd(centred * presence, full_matrices=False)[2][:DIMENSIONS]
    return (centred @ directions.T * weight[:, None]).astype(numpy.float32)


def quantise(vectors):
    scales = numpy.abs(vectors).max(1) / 127
    scales[scales == 0] = 1
    return numpy.rint(vectors / scales[:, None]).astype(numpy.int8), scales.astype("<f4")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("encoder", "wordnet", "words", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    options = parser.parse_args()
    encoder = Encoder(options.encoder)
    texts = sentences(options.wordnet)
    words = vocabulary(options.words)
    spoken = [text for text, _ in words.values()]
    frequency = numpy.array([share for _, share in words.values()], numpy.float32)
    weight = SMOOTHING / (SMOOTHING + frequency)
    vectors = regress(texts, encoder(texts), list(words), encoder(spoken), weight)
    numbers, scales = quantise(reduce(vectors, weight, frequency))
    (options.out / "english.words.txt").write_text("\n".join(words) + "\n")
    (options.out / "english.vectors.bin").write_bytes(scales.tobytes() + numbers.tobytes())
    print(json.dumps({"words": len(words), "dimensions": DIMENSIONS, "sentences": len(texts)}))


if __name__ == "__main__":
    main()
