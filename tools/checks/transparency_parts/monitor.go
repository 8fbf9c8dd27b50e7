// An independent reader of a Keyledger log: it knows of it only what C2SP tlog-tiles, tlog-checkpoint and tlog-proof say, and
// checks everything with golang.org/x/mod/sumdb/tlog and note, the packages that Go's own checksum database is checked with.
//
// It prints one line of figures and exits with 0, or prints what is wrong, a line each beginning with "wrong: ", and exits with 1.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // 256 hashes a tile

type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

var (
	address      = flag.String("url", "", "where /log/ is, such as http://127.0.0.1:8080/log")
	keyFile      = flag.String("key", "", "file with the verifier key of the log")
	witnessFile  = flag.String("witness", "", "file with the verifier key of the witness that has signed, too")
	bearerFile   = flag.String("bearer", "", "file with the API key that may read entries")
	size         = flag.Int64("size", -1, "the size that the log must have")
	samples      = flag.Int("samples", 100, "how many records to look at, beside those at the edges")
	flips        = flag.Int("flips", 50, "how many bits to flip, in each kind of thing")
	seed         = flag.Int64("seed", 1, "of what is chosen at random")
	olderFiles   list
	proofFiles   list
	historyFiles list
)

// wrong is how many things were found wrong.
var wrong int

func complain(format string, values ...interface{}) {
	wrong++
	fmt.Printf("wrong: "+format+"\n", values...)
}

func main() {
	flag.Var(&olderFiles, "older", "file with an older checkpoint; may come several times")
	flag.Var(&proofFiles, "proof", "file with a proof of a record (tlog-proof); may come several times")
	flag.Var(&historyFiles, "consistency", "file with a proof between two checkpoints; may come several times")
	flag.Parse()
	if err := run(); err != nil {
		complain("%v", err)
	}
	if wrong > 0 {
		os.Exit(1)
	}
}

type monitor struct {
	verifiers note.Verifiers
	origin    string
	bearer    string
	client    http.Client
	tiles     map[string][]byte
	tree      tlog.Tree
	source    *rand.Rand
	// flipTile: of the tiles read next, one has a flipped bit. isUnauthentic: a tile was found that does not fit its parent.
	flipTile, isUnauthentic bool
}

func run() error {
	key, err := os.ReadFile(*keyFile)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return fmt.Errorf("the verifier key: %v", err)
	}
	verifiers := []note.Verifier{verifier}
	if *witnessFile != "" {
		key, err := os.ReadFile(*witnessFile)
		if err != nil {
			return err
		}
		witness, err := newWitness(strings.TrimSpace(string(key)))
		if err != nil {
			return fmt.Errorf("the witness's key: %v", err)
		}
		verifiers = append(verifiers, witness)
	}
	m := &monitor{
		verifiers: note.VerifierList(verifiers...), origin: verifier.Name(), tiles: map[string][]byte{}, source: rand.New(rand.NewSource(*seed))}
	if *bearerFile != "" {
		bearer, err := os.ReadFile(*bearerFile)
		if err != nil {
			return err
		}
		m.bearer = strings.TrimSpace(string(bearer))
	}
	signed, err := m.get("checkpoint", false)
	if err != nil {
		return err
	}
	if m.tree, err = m.checkpoint(signed); err != nil {
		return fmt.Errorf("the checkpoint: %v", err)
	}
	if m.tree.N != *size {
		return fmt.Errorf("the log has %d records, not %d", m.tree.N, *size)
	}
	hashes := tlog.TileHashReader(m.tree, m)
	if m.tree.N == 0 {
		if m.tree.Hash != tlog.Hash(sha256.Sum256(nil)) {
			complain("the root of the empty log is %v", m.tree.Hash)
		}
	} else if root, err := tlog.TreeHash(m.tree.N, hashes); err != nil || root != m.tree.Hash {
		complain("the tiles give the root %v, the checkpoint %v (%v)", root, m.tree.Hash, err)
	}
	records := m.checkRecords(hashes)
	older := m.checkOlder(hashes)
	for _, file := range proofFiles {
		m.checkProofFile(file)
	}
	for _, file := range historyFiles {
		m.checkConsistencyFile(file, older)
	}
	m.checkRefusals()
	refused := m.flip("a checkpoint", *flips, signed, func(changed []byte) error {
		_, err := m.checkpoint(changed)
		return err
	})
	if m.tree.N > 0 {
		refused += m.flipTiles()
		refused += m.flipEntries(hashes)
	}
	fmt.Printf("size %d root %v: %d records, %d older checkpoints, %d proofs, %d consistency proofs; %d flipped bits refused\n",
		m.tree.N, m.tree.Hash, records, len(older), len(proofFiles), len(historyFiles), refused+refusedInFiles)
	return nil
}

// witness verifies C2SP cosignature/v1, which note does not know: a time of eight bytes, and a signature over it and the text.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newWitness(text string) (*witness, error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("it has not three parts")
	}
	data, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(data) != 1+ed25519.PublicKeySize || data[0] != 4 {
		return nil, fmt.Errorf("it is no key for cosignature/v1 (%v)", err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "\n" + string(data)))
	w := &witness{name: parts[0], hash: binary.BigEndian.Uint32(sum[:4]), key: data[1:]}
	if fmt.Sprintf("%08x", w.hash) != parts[1] {
		return nil, errors.New("its key id does not fit")
	}
	return w, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }
func (w *witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(w.key, []byte(signed), signature[8:])
}

// refusedInFiles is how many flipped bits in proofs, from files or made from tiles, were refused.
var refusedInFiles int

// checkpoint is the tree that a signed note is about.
func (m *monitor) checkpoint(signed []byte) (tlog.Tree, error) {
	opened, err := note.Open(signed, m.verifiers)
	if err != nil {
		return tlog.Tree{}, err
	}
	// note skips lines of signers that it does not know. Here all are known, so such a line has a changed name or key id.
	if len(opened.UnverifiedSigs) > 0 {
		return tlog.Tree{}, fmt.Errorf("a signature of the unknown %q", opened.UnverifiedSigs[0].Name)
	}
	// note decodes base64 leniently: bits that mean nothing may be set. The format allows one spelling only.
	for _, line := range strings.Split(strings.TrimSuffix(string(signed[len(opened.Text)+1:]), "\n"), "\n") {
		text := line[strings.LastIndexByte(line, ' ')+1:]
		if data, err := base64.StdEncoding.Strict().DecodeString(text); err != nil || base64.StdEncoding.EncodeToString(data) != text {
			return tlog.Tree{}, errors.New("a signature is not in canonical base64")
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("%d lines", len(lines))
	}
	if lines[0] != m.origin {
		return tlog.Tree{}, fmt.Errorf("the origin is %q", lines[0])
	}
	n, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != lines[1] {
		return tlog.Tree{}, fmt.Errorf("the size is %q", lines[1])
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: n, Hash: hash}, err
}

// get fetches a path below /log/.
func (m *monitor) get(path string, withKey bool) ([]byte, error) {
	status, body, header, err := m.fetch(path, withKey)
	if err != nil {
		return nil, err
	}
	if status != 200 {
		return nil, fmt.Errorf("%s: %d %s", path, status, body)
	}
	kind := header.Get("Content-Type")
	if path == "checkpoint" {
		if !strings.HasPrefix(kind, "text/plain") {
			complain("%s has the content type %q", path, kind)
		}
	} else {
		if !strings.HasPrefix(kind, "application/octet-stream") {
			complain("%s has the content type %q", path, kind)
		}
		if cache := header.Get("Cache-Control"); !strings.Contains(path, ".p/") && !strings.Contains(cache, "immutable") {
			complain("%s is a full tile and has Cache-Control %q", path, cache)
		}
	}
	return body, nil
}

func (m *monitor) fetch(path string, withKey bool) (int, []byte, http.Header, error) {
	request, err := http.NewRequest("GET", *address+"/"+path, nil)
	if err != nil {
		return 0, nil, nil, err
	}
	if withKey {
		request.Header.Set("Authorization", "Bearer "+m.bearer)
	}
	response, err := m.client.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, body, response.Header, err
}

// servedPath is the path of C2SP tlog-tiles, which leaves out the height and calls level -1 entries.
func servedPath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	if tile.L == -1 {
		path = "entries" + strings.TrimPrefix(path, "data")
	}
	return "tile/" + path
}

func (m *monitor) Height() int { return height }

func (m *monitor) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := servedPath(tile)
		if m.tiles[path] == nil {
			body, err := m.get(path, false)
			if err != nil {
				return nil, err
			}
			m.tiles[path] = body
		}
		data[i] = m.tiles[path]
	}
	if m.flipTile {
		i := m.source.Intn(len(data))
		data[i] = m.flipped(data[i])
	}
	return data, nil
}

// SaveTiles is called with tiles that tlog found authentic. The version that Debian has leaves up to two full tiles unchecked
// (CVE-2026-56865, https://go.dev/issue/80744: the loop begins at the number of hashes under the root, and there are fewer tiles than
// that), so each is held against its parent here: tlog makes the hashes of a tile's two halves, and the node over them is in the parent.
func (m *monitor) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, tile := range tiles {
		for j, parent := range tiles {
			if parent.L != tile.L+1 || parent.N != tile.N>>height || tile.N-parent.N<<height >= int64(parent.W) {
				continue
			}
			left, err1 := tlog.HashFromTile(tile, data[i], tlog.StoredHashIndex(height*tile.L+height-1, 2*tile.N))
			right, err2 := tlog.HashFromTile(tile, data[i], tlog.StoredHashIndex(height*tile.L+height-1, 2*tile.N+1))
			above, err3 := tlog.HashFromTile(parent, data[j], tlog.StoredHashIndex(height*parent.L, tile.N))
			if err1 != nil || err2 != nil || err3 != nil || tlog.NodeHash(left, right) != above {
				m.isUnauthentic = true
				if !m.flipTile {
					complain("%s does not fit its parent (%v %v %v)", servedPath(tile), err1, err2, err3)
				}
			}
		}
	}
}

func (m *monitor) flipped(data []byte) []byte {
	changed := append([]byte(nil), data...)
	changed[m.source.Intn(len(changed))] ^= 1 << uint(m.source.Intn(8))
	return changed
}

// flip shows things with one flipped bit to check, which must refuse each. It gives how many were refused.
func (m *monitor) flip(name string, times int, data []byte, check func([]byte) error) int {
	refused := 0
	for i := 0; i < times && len(data) > 0; i++ {
		changed := m.flipped(data)
		if check(changed) == nil {
			complain("%s with a flipped bit was accepted: %q instead of %q", name, changed, data)
		} else {
			refused++
		}
	}
	return refused
}

// entriesTile is the tile of entries that holds the record at a position.
func (m *monitor) entriesTile(position int64) tlog.Tile {
	tile := tlog.Tile{H: height, L: -1, N: position >> height, W: 1 << height}
	if left := m.tree.N - tile.N<<height; left < 1<<height {
		tile.W = int(left)
	}
	return tile
}

func (m *monitor) entries(tile tlog.Tile) ([]byte, error) {
	path := servedPath(tile)
	if m.tiles[path] == nil {
		body, err := m.get(path, true)
		if err != nil {
			return nil, err
		}
		m.tiles[path] = body
	}
	return m.tiles[path], nil
}

// parsed splits a tile of entries: each has a length of two bytes before it.
func parsed(data []byte, width int) ([][]byte, error) {
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New("the entries are cut short")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if len(entries) != width {
		return nil, fmt.Errorf("%d entries instead of %d", len(entries), width)
	}
	return entries, nil
}

func (m *monitor) record(position int64) ([]byte, error) {
	if position >= m.tree.N {
		return nil, fmt.Errorf("there is no record %d", position)
	}
	tile := m.entriesTile(position)
	data, err := m.entries(tile)
	if err != nil {
		return nil, err
	}
	entries, err := parsed(data, tile.W)
	if err != nil {
		return nil, fmt.Errorf("%s: %v", servedPath(tile), err)
	}
	return entries[position-tile.N<<height], nil
}

// positions are those at the edges of tiles and of the log, and random ones.
func (m *monitor) positions() []int64 {
	chosen := map[int64]bool{}
	for _, edge := range []int64{0, 1, 15, 16, 254, 255, 256, 257, 511, 512, 65535, 65536, m.tree.N / 2, m.tree.N - 257, m.tree.N - 256, m.tree.N - 2, m.tree.N - 1} {
		if edge >= 0 && edge < m.tree.N {
			chosen[edge] = true
		}
	}
	for i := 0; i < *samples && m.tree.N > 0; i++ {
		chosen[m.source.Int63n(m.tree.N)] = true
	}
	var positions []int64
	for position := range chosen {
		positions = append(positions, position)
	}
	sort.Slice(positions, func(i, j int) bool { return positions[i] < positions[j] })
	return positions
}

// checkRecords holds records against proofs made from tiles.
func (m *monitor) checkRecords(hashes tlog.HashReader) int {
	positions := m.positions()
	for _, position := range positions {
		record, err := m.record(position)
		if err != nil {
			complain("record %d: %v", position, err)
			continue
		}
		proof, err := tlog.ProveRecord(m.tree.N, position, hashes)
		if err == nil {
			err = tlog.CheckRecord(proof, m.tree.N, m.tree.Hash, position, tlog.RecordHash(record))
		}
		if err != nil {
			complain("record %d: %v", position, err)
			continue
		}
		if m.source.Intn(len(positions)) < 5 {
			m.flipRecordProof("a record proof from tiles", proof, position, record)
		}
	}
	return len(positions)
}

// flipRecordProof expects that neither a flipped proof, nor a flipped record, nor another place is accepted.
func (m *monitor) flipRecordProof(name string, proof tlog.RecordProof, position int64, record []byte) {
	flat := make([]byte, 0, len(proof)*tlog.HashSize)
	for _, hash := range proof {
		flat = append(flat, hash[:]...)
	}
	refusedInFiles += m.flip(name, 20, flat, func(changed []byte) error {
		other := make(tlog.RecordProof, len(proof))
		for i := range other {
			copy(other[i][:], changed[i*tlog.HashSize:])
		}
		return tlog.CheckRecord(other, m.tree.N, m.tree.Hash, position, tlog.RecordHash(record))
	})
	refusedInFiles += m.flip("a record", 20, record, func(changed []byte) error {
		return tlog.CheckRecord(proof, m.tree.N, m.tree.Hash, position, tlog.RecordHash(changed))
	})
	// Uses of one moment may be the same byte for byte: then the other place is right as well.
	if other, err := m.record(position ^ 1); position^1 < m.tree.N && (err != nil || !bytes.Equal(other, record)) {
		if tlog.CheckRecord(proof, m.tree.N, m.tree.Hash, position^1, tlog.RecordHash(record)) == nil {
			complain("%s: record %d is accepted at %d", name, position, position^1)
		}
	}
}

// checkOlder shows from tiles that the log extends each older checkpoint. It gives their trees by size.
func (m *monitor) checkOlder(hashes tlog.HashReader) map[int64]tlog.Tree {
	older := map[int64]tlog.Tree{}
	for _, file := range olderFiles {
		signed, err := os.ReadFile(file)
		if err != nil {
			complain("%v", err)
			continue
		}
		tree, err := m.checkpoint(signed)
		if err != nil {
			complain("%s: %v", file, err)
			continue
		}
		older[tree.N] = tree
		if tree.N == 0 { // tlog has no proof from the empty tree: everything extends it
			continue
		}
		proof, err := tlog.ProveTree(m.tree.N, tree.N, hashes)
		if err == nil {
			err = tlog.CheckTree(proof, m.tree.N, m.tree.Hash, tree.N, tree.Hash)
		}
		if err != nil {
			complain("the log does not extend the checkpoint of size %d: %v", tree.N, err)
			continue
		}
		m.flipTreeProof("a consistency proof from tiles", proof, tree)
	}
	return older
}

func (m *monitor) flipTreeProof(name string, proof tlog.TreeProof, old tlog.Tree) {
	flat := make([]byte, 0, len(proof)*tlog.HashSize)
	for _, hash := range proof {
		flat = append(flat, hash[:]...)
	}
	refusedInFiles += m.flip(name, 20, flat, func(changed []byte) error {
		other := make(tlog.TreeProof, len(proof))
		for i := range other {
			copy(other[i][:], changed[i*tlog.HashSize:])
		}
		return tlog.CheckTree(other, m.tree.N, m.tree.Hash, old.N, old.Hash)
	})
	refusedInFiles += m.flip("an old root", 5, old.Hash[:], func(changed []byte) error {
		var hash tlog.Hash
		copy(hash[:], changed)
		return tlog.CheckTree(proof, m.tree.N, m.tree.Hash, old.N, hash)
	})
}

// proofLines reads hashes, one a line, up to an empty line; what follows is a checkpoint.
func (m *monitor) proofLines(text string) ([]tlog.Hash, tlog.Tree, error) {
	var hashes []tlog.Hash
	for {
		end := strings.IndexByte(text, '\n')
		if end < 0 {
			return nil, tlog.Tree{}, errors.New("there is no checkpoint in it")
		}
		line := text[:end]
		text = text[end+1:]
		if line == "" {
			break
		}
		data, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(data) != tlog.HashSize || base64.StdEncoding.EncodeToString(data) != line {
			return nil, tlog.Tree{}, fmt.Errorf("%q is no hash", line)
		}
		var hash tlog.Hash
		copy(hash[:], data)
		hashes = append(hashes, hash)
	}
	tree, err := m.checkpoint([]byte(text))
	return hashes, tree, err
}

// openProof reads a tlog-proof and checks it for the record at its index. What was asked for is known to whoever asked: where
// `asked` is not negative, the index must be that.
func (m *monitor) openProof(data []byte, asked int64) error {
	text := string(data)
	const title = "c2sp.org/tlog-proof@v1\n"
	if !strings.HasPrefix(text, title) {
		return errors.New("it does not begin as a tlog-proof")
	}
	text = text[len(title):]
	if strings.HasPrefix(text, "extra ") {
		return errors.New("it has an extra line, which nobody asked for")
	}
	if !strings.HasPrefix(text, "index ") || !strings.Contains(text, "\n") {
		return errors.New("it has no index")
	}
	end := strings.IndexByte(text, '\n')
	number := text[len("index "):end]
	position, err := strconv.ParseInt(number, 10, 64)
	if err != nil || position < 0 || strconv.FormatInt(position, 10) != number {
		return fmt.Errorf("its index is %q", number)
	}
	proof, tree, err := m.proofLines(text[end+1:])
	if err != nil {
		return err
	}
	if position >= tree.N || (asked >= 0 && position != asked) {
		return fmt.Errorf("it is about record %d of %d", position, tree.N)
	}
	record, err := m.record(position)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, position, tlog.RecordHash(record))
}

func (m *monitor) checkProofFile(file string) {
	data, err := os.ReadFile(file)
	if err == nil {
		err = m.openProof(data, -1)
	}
	if err != nil {
		complain("%s: %v", file, err)
		return
	}
	var asked int64
	fmt.Sscanf(string(data[bytes.IndexByte(data, '\n')+1:]), "index %d\n", &asked)
	refusedInFiles += m.flip("a tlog-proof", *flips, data, func(changed []byte) error { return m.openProof(changed, asked) })
}

// openConsistency reads `old N`, the proof, and the newer checkpoint: the body that a witness is sent. `asked` as in openProof.
func (m *monitor) openConsistency(data []byte, older map[int64]tlog.Tree, asked int64) error {
	text := string(data)
	end := strings.IndexByte(text, '\n')
	if !strings.HasPrefix(text, "old ") || end < 0 {
		return errors.New("it does not begin with the old size")
	}
	number := text[len("old "):end]
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != number || (asked >= 0 && n != asked) {
		return fmt.Errorf("its old size is %q", number)
	}
	old, isKnown := older[n]
	if !isKnown {
		return fmt.Errorf("no checkpoint of its old size %d is at hand", n)
	}
	proof, tree, err := m.proofLines(text[end+1:])
	if err != nil {
		return err
	}
	if n == 0 || n == tree.N {
		if len(proof) > 0 || (n > 0 && old.Hash != tree.Hash) {
			return errors.New("a proof where there is nothing to prove")
		}
		return nil
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

func (m *monitor) checkConsistencyFile(file string, older map[int64]tlog.Tree) {
	data, err := os.ReadFile(file)
	if err == nil {
		err = m.openConsistency(data, older, -1)
	}
	if err != nil {
		complain("%s: %v", file, err)
		return
	}
	var asked int64
	fmt.Sscanf(string(data), "old %d\n", &asked)
	refusedInFiles += m.flip("a consistency proof", *flips, data, func(changed []byte) error { return m.openConsistency(changed, older, asked) })
}

// flipTiles expects that the tree cannot be read from tiles one of which has a flipped bit.
func (m *monitor) flipTiles() int {
	m.flipTile = true
	defer func() { m.flipTile = false }()
	refused := 0
	for i := 0; i < *flips; i++ {
		position := m.source.Int63n(m.tree.N)
		m.isUnauthentic = false
		_, err := tlog.TileHashReader(m.tree, m).ReadHashes([]int64{tlog.StoredHashIndex(0, position)})
		if err == nil && !m.isUnauthentic {
			complain("a flipped bit in a tile on the way to record %d was accepted", position)
		} else {
			refused++
		}
	}
	return refused
}

// flipEntries expects that entries with a flipped bit do not fit the leaf hashes.
func (m *monitor) flipEntries(hashes tlog.HashReader) int {
	refused := 0
	for i := 0; i < *flips; i++ {
		tile := m.entriesTile(m.source.Int63n(m.tree.N))
		data, err := m.entries(tile)
		if err != nil {
			complain("%v", err)
			return refused
		}
		indexes := make([]int64, tile.W)
		for j := range indexes {
			indexes[j] = tlog.StoredHashIndex(0, tile.N<<height+int64(j))
		}
		leaves, err := hashes.ReadHashes(indexes)
		if err != nil {
			complain("%v", err)
			return refused
		}
		check := func(data []byte) error {
			entries, err := parsed(data, tile.W)
			if err != nil {
				return err
			}
			for j, entry := range entries {
				if tlog.RecordHash(entry) != leaves[j] {
					return fmt.Errorf("record %d does not fit its leaf", tile.N<<height+int64(j))
				}
			}
			return nil
		}
		if err := check(data); err != nil {
			complain("%s: %v", servedPath(tile), err)
		}
		refused += m.flip("a tile of entries", 1, data, check)
	}
	return refused
}

// checkRefusals asks for what is not there, or not for everybody.
func (m *monitor) checkRefusals() {
	// What is read here is recorded, so the log may have grown by a few records since.
	beyond := m.tree.N + 8
	next := tlog.Tile{H: height, L: 0, N: beyond >> height, W: 1 << height}
	partial := next
	partial.W = int(beyond-next.N<<height) + 1
	paths := []string{servedPath(next), "tile/0/x1", "tile/64/000", "tile/0/0", "tile/-1/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/257", "tile/8/0/000"}
	if partial.W < 1<<height {
		paths = append(paths, servedPath(partial))
	}
	for _, path := range paths {
		if status, body, _, err := m.fetch(path, true); err != nil || (status != 404 && status != 400) {
			complain("%s, which there is not, is answered %d %s (%v)", path, status, bytes.TrimSpace(body[:min(len(body), 200)]), err)
		}
	}
	if m.tree.N > 0 {
		path := servedPath(m.entriesTile(0))
		if status, _, _, err := m.fetch(path, false); err != nil || (status != 401 && status != 403) {
			complain("%s without a key is answered %d (%v)", path, status, err)
		}
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}
