import hooks from 'eslint-plugin-react-hooks';
import typescript from 'typescript-eslint';

const SPOKEN = 'What people read stands in src/i18n, in both languages.';

export default typescript.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.d.ts'] },
  ...typescript.configs.strict,
  {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.tsx'],
    ignores: ['src/**/*.test.tsx'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'JSXText[value=/(?!Ctrl)\\b[\\p{L}]{2,}/u]', message: SPOKEN },
        { selector: 'JSXText[value=/[\\u4e00-\\u9fff]/]', message: SPOKEN },
        { selector: 'Literal[value=/[\\u4e00-\\u9fff]/]', message: SPOKEN },
        {
          selector:
            'JSXAttribute[name.name=/^(title|label|placeholder|alt|aria-label)$/] > Literal[value=/^(?![a-z]+\\.[\\w.]+$).*[a-z]{2,}/i]',
          message: SPOKEN,
        },
      ],
    },
  },
);
